/*
 * A machine that sleeps, for one process: preloaded, it takes the time asleep off the clocks that Linux stops in a
 * suspended machine or a paused guest. REIMAGE_TEST_ASLEEP names a file that holds the nanoseconds slept so far, as a
 * 64-bit integer in the machine's own byte order; it is read at each look at the clock.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000LL

static const volatile int64_t *asleep;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("REIMAGE_TEST_ASLEEP");
  if (path == NULL) return;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *mapped = mmap(NULL, sizeof *asleep, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) asleep = mapped;
}

static int stands_still(clockid_t clock) {
  return clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_MONOTONIC_COARSE;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  int failed = (int)syscall(SYS_clock_gettime, clock, time);
  if (failed != 0 || asleep == NULL || !stands_still(clock)) return failed;
  int64_t awake = time->tv_sec * NS + time->tv_nsec - *asleep;
  time->tv_sec = awake / NS;
  time->tv_nsec = awake % NS;
  return 0;
}
