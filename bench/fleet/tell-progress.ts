import type { Journal } from '../../simulator/model/journal.js';
import { log } from '../log.js';

const TELL_EVERY_MS = 10_000;

/** Says now and then how many VMs have been started again. Returns how to end it. */
export function tellProgress(who: string, journal: Journal, vms: number): () => void {
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    log(`${who}: ${journal.effective('startInstance')} of ${vms} VMs after ${seconds} s`);
  }, TELL_EVERY_MS);
  return () => clearInterval(timer);
}
