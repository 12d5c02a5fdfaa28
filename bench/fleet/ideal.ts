import { Timing } from '../../simulator/model/assumptions.js';

/** Seconds for which the cloud itself keeps one VM busy: its stop, its rebuild and its start. */
export function cycleSeconds(compress: number): number {
  const { stopping, rebuilding, starting } = Timing.parse({});
  return (stopping + rebuilding + starting) / compress / 1000;
}

/**
 * Seconds that a fleet would take if nobody ever had to look, decide or wait: as many rounds as the concurrency makes
 * necessary, each as long as the cloud takes for one VM.
 */
export function idealSeconds({
  vms,
  concurrency,
  compress,
}: Record<'vms' | 'concurrency' | 'compress', number>): number {
  return Math.ceil(vms / concurrency) * cycleSeconds(compress);
}
