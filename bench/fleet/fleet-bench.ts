import { parseArgs } from 'node:util';
import { wholeNumber } from '../whole-number.js';

/** What is measured. */
export interface FleetBench {
  readonly vms: number;
  /** VMs that may be down at a time. */
  readonly concurrency: number;
  /** How many times faster than JD Cloud the simulated cloud is. */
  readonly compress: number;
  /** VMs of the playbook, which takes a tenth of them at a time; 0: it is not run. */
  readonly ansibleVms: number;
}

/** Reads the command line after `fleet`. @throws Error that names what is wrong with it */
export function readFleetBench(args: readonly string[]): FleetBench & { readonly output: string } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      vms: { type: 'string', default: '1000' },
      concurrency: { type: 'string', default: '100' },
      compress: { type: 'string', default: '20' },
      'ansible-vms': { type: 'string', default: '100' },
      output: { type: 'string', default: 'text' },
    },
  });
  return {
    vms: wholeNumber('vms', values.vms, 1),
    concurrency: wholeNumber('concurrency', values.concurrency, 1),
    compress: wholeNumber('compress', values.compress, 1),
    ansibleVms: wholeNumber('ansible-vms', values['ansible-vms'], 0),
    output: values.output,
  };
}
