import type { Measured } from './measure.js';
import type { Usage } from '../usage.js';

/** One side of the comparison. */
export interface Side extends Measured {
  /** Events of the longest history; null for who keeps none. */
  readonly historyEvents: number | null;
  readonly usage: Usage;
  readonly peakRssMiB: number;
}

export interface Report {
  readonly compress: number;
  readonly reimage: Side;
  readonly loop: Side;
}

interface Row {
  readonly what: string;
  readonly of: (side: Side) => number | null;
  readonly digits: number;
}

const ROWS: readonly Row[] = [
  { what: 'VMs rebuilt exactly once', of: (side) => side.rebuiltOnce, digits: 0 },
  { what: 'API calls per rebuild', of: (side) => side.apiCallsPerVm, digits: 2 },
  { what: '  of them mutating', of: (side) => side.mutatingCallsPerVm, digits: 2 },
  { what: 'state reached -> acted on, p50 ms', of: (side) => side.lagMs.p50, digits: 0 },
  { what: 'state reached -> acted on, p99 ms', of: (side) => side.lagMs.p99, digits: 0 },
  { what: 'history events, longest', of: (side) => side.historyEvents, digits: 0 },
  { what: 'seconds for all', of: (side) => side.seconds, digits: 1 },
  { what: 'CPU seconds of the process', of: (side) => side.usage.cpuSeconds, digits: 1 },
  { what: 'peak memory, MiB', of: (side) => side.peakRssMiB, digits: 0 },
];

/** A table of both sides and their ratio, all from one run. */
export function renderReport({ compress, reimage, loop }: Report): string {
  const format = (value: number | null, digits: number) => (value === null ? '-' : value.toFixed(digits)).padStart(10);
  const lines = ROWS.map(({ what, of, digits }) => {
    const [ours, theirs] = [of(reimage), of(loop)];
    const ratio = ours === null || theirs === null || theirs === 0 ? null : ours / theirs;
    return `${what.padEnd(36)}${format(ours, digits)}${format(theirs, digits)}${format(ratio, 2)}`;
  });
  return [
    `${reimage.vms} concurrent rebuilds in one region; the cloud's times compressed ${compress} times`,
    '',
    `${''.padEnd(36)}${'Reimage'.padStart(10)}${'SDK loop'.padStart(10)}${'ratio'.padStart(10)}`,
    ...lines,
  ].join('\n');
}
