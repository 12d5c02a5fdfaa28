import type { Held } from '../../contracts/decision.js';
import type { Phase, RebuildProgress } from '../../contracts/rebuild-progress.js';
import { markdownCode } from '../../contracts/text.js';

/** What comes next, in one line, for each phase. */
const NEXT: Record<Phase, string> = {
  validating: 'checks VM, image and login; nothing is touched yet',
  stopping: 'stops the VM and waits until it is stopped',
  'backing-up': 'makes a private image of the stopped VM and waits until it is ready; without it there is no erase',
  rebuilding:
    'checks everything again, sends the rebuild call unless it is out already, and waits until the VM is back',
  starting: 'starts the VM and waits until it runs',
  verifying: 'reads the VM again: image and power as promised? health checks good?',
  'restoring-power': 'the rebuild call was not made: gives the VM its old power state back',
  held: 'waits for a decision: `reimage decide`',
  'rolling-back': 'puts the VM back and checks it the same way',
  done: 'nothing: the rebuild is done',
  failed: 'nothing: see failure.next of the result',
  cancelled: 'nothing: the rebuild was cancelled before the rebuild call',
};

/** The same for validating, in a run that Temporal has reset. */
const NEXT_AFTER_RESET = 'finds out what the run before the reset has done, then checks VM, image and login';

/** What comes next, or why it does not move, in one line. @param isRerun - Temporal has reset this run */
export function nextOf(phase: Phase, held: Held | null, isRerun: boolean): string {
  if (held === null) return isRerun && phase === 'validating' ? NEXT_AFTER_RESET : NEXT[phase];
  return `held: ${held.failure.type}. Decide (${held.choices.join(', ')}) with \`reimage decide\`; at ${held.deadlineAt}: ${held.atDeadline}`;
}

/** The progress as Markdown, for the Temporal UI. What came as free text is shown as code, so that it is no Markdown. */
export function toMarkdown(progress: RebuildProgress, instanceId: string): string {
  const lines = [
    `**${progress.phase}** since ${progress.since} · VM ${markdownCode(instanceId)} last seen ${markdownCode(progress.observedStatus ?? 'not yet')}`,
    '',
    `Next: ${progress.next}`,
    ...(progress.cancelRequestedAt === null ? [] : ['', `Cancel requested at ${progress.cancelRequestedAt}`]),
    ...(progress.lastError === null ? [] : ['', `Last error: ${markdownCode(progress.lastError)}`]),
    '',
    ...progress.timeline.map(({ phase, startedAt, finishedAt }) => `- ${phase}: ${startedAt} → ${finishedAt ?? '…'}`),
  ];
  return lines.join('\n');
}
