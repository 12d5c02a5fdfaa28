import { parseArgs } from 'node:util';
import { readFleetBench } from './fleet/fleet-bench.js';
import { faultsOf, renderFleetReport } from './fleet/report.js';
import { runFleetBench } from './fleet/run-fleet-bench.js';
import { renderReport } from './rebuilds/report.js';
import { runRebuilds } from './rebuilds/run-rebuilds.js';
import { wholeNumber } from './whole-number.js';

/** `fleet ...`: a fleet beside an Ansible playbook. Else: rebuilds at once beside a loop over the official SDK. */
async function main([what, ...rest]: readonly string[]): Promise<void> {
  if (what === 'fleet') await benchFleet(rest);
  else await benchRebuilds(what === undefined ? [] : [what, ...rest]);
}

async function benchRebuilds(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { vms: { type: 'string', default: '100' }, output: OUTPUT } });
  const report = await runRebuilds(wholeNumber('vms', values.vms, 1));
  console.log(values.output === 'json' ? JSON.stringify(report) : renderReport(report));
}

async function benchFleet(args: string[]): Promise<void> {
  const { output, ...bench } = readFleetBench(args);
  const report = await runFleetBench(bench);
  console.log(output === 'json' ? JSON.stringify(report) : renderFleetReport(report));
  for (const fault of faultsOf(report)) {
    console.error(`bench: ${fault}`);
    process.exitCode = 1;
  }
}

const OUTPUT = { type: 'string', default: 'text' } as const;

await main(process.argv.slice(2));
