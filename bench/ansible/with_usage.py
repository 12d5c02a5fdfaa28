"""Runs a command and then writes the processor seconds of it and of all that it started into a file."""

import resource
import subprocess
import sys

ended = subprocess.run(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as report:
    report.write(str(used.ru_utime + used.ru_stime))
sys.exit(ended.returncode)
