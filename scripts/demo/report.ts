import { renderTable } from '../../client/cli/io/text.js';
import type { CallEntry, JournalEntry } from '../../simulator/model/journal.js';

const READ = /^describe/;

/** What reached the cloud: every call that changes something, the VM's changes between them, and a count of the reads. */
export function renderJournal(entries: readonly JournalEntry[], instanceId: string): string[] {
  const ofVm = entries.filter((entry) => entry.instanceId === instanceId && !isRead(entry));
  const start = Date.parse(ofVm[0]?.at ?? '');
  const rows = ofVm.map((entry) => {
    const seconds = `+${((Date.parse(entry.at) - start) / 1000).toFixed(1)} s`.padStart(7);
    if (entry.kind === 'change') return [seconds, '', '', `the VM goes from ${entry.from} to ${entry.to}`];
    return [seconds, entry.operation, answerOf(entry), entry.performed ? 'performed' : 'not performed'];
  });
  const reads = entries.filter(isRead).length;
  return [
    ...renderTable(['time', 'call', 'answer', 'what happened'], rows),
    `and ${reads} reads, which change nothing`,
  ];
}

/** How often a call was sent and how often it took effect: the promise of the whole project, in one line. */
export function renderCount(entries: readonly JournalEntry[], operation: string): string {
  const { sent, performed } = countOf(entries, operation);
  return `${operation} was sent ${sent} times, performed ${performed}`;
}

/** Calls of an operation that arrived, and those of them that took effect. */
export function countOf(entries: readonly JournalEntry[], operation: string): { sent: number; performed: number } {
  const calls = entries.filter((entry) => entry.kind === 'call' && entry.operation === operation);
  return { sent: calls.length, performed: calls.filter((call) => call.kind === 'call' && call.performed).length };
}

function isRead(entry: JournalEntry): boolean {
  return entry.kind === 'call' && READ.test(entry.operation);
}

function answerOf({ httpStatus, errorStatus }: CallEntry): string {
  if (httpStatus === null) return 'none';
  return errorStatus === null ? String(httpStatus) : `${httpStatus} ${errorStatus}`;
}
