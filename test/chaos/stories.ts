import type { JournalEntry } from '../../simulator/model/journal.js';
import type { Ended, Played } from './play-walk.js';

/** What happened to each VM that a violation names: what was asked, done and told, and the cloud's journal of it. */
export function storiesOf({ stage: { cloud }, ended }: Played, violations: readonly string[]): string[] {
  const entries = cloud.journal.entries();
  return ended
    .filter(({ rebuild }) => violations.some((line) => line.includes(rebuild.instanceId)))
    .flatMap((each) => ['', ...storyOf(each), ...entries.filter(concerns(each)).map(toLine)]);
}

function storyOf({ rebuild: { instanceId, member, meddled, resets }, result, atEnd }: Ended): string[] {
  const { failure, failures, decisions, rollbacks, power, imageAfter, timeline } = result;
  return [
    `${instanceId}: ${JSON.stringify(member)}`,
    `  told: ${JSON.stringify({ power, imageAfter, failure, failures, decisions, rollbacks })}`,
    `  was then: ${JSON.stringify(atEnd)}`,
    `  phases: ${timeline.map(({ phase, startedAt }) => `${startedAt.slice(11, 23)} ${phase}`).join(', ')}`,
    `  reset ${resets} times`,
    ...meddled.map(({ how, at }) => `  ${new Date(at).toISOString().slice(11, 23)} someone else: ${how}`),
  ];
}

/** Changes of the VM, calls that name it, and shared reads that went wrong. */
function concerns({ rebuild: { instanceId } }: Ended) {
  return (entry: JournalEntry): boolean =>
    entry.instanceId === instanceId || (entry.kind === 'call' && entry.instanceId === null && entry.fault !== null);
}

function toLine(entry: JournalEntry): string {
  const at = entry.at.slice(11, 23);
  if (entry.kind === 'change') return `  ${at} ${entry.from} -> ${entry.to} by ${entry.by}`;
  const { operation, httpStatus, errorMessage, performed, fault, params } = entry;
  const image = params['imageId'] === undefined ? '' : ` ${JSON.stringify(params['imageId'])}`;
  const answer = `${httpStatus ?? 'no answer'}${performed ? '' : ', not performed'}`;
  return `  ${at} ${operation}${image}: ${[answer, fault, errorMessage].filter(Boolean).join('; ')}`;
}
