import type { Held } from '../../../contracts/decision.js';
import type { Operation } from '../../rebuilds/operation.js';
import { formatBetween, formatLocal, oneLine } from '../io/text.js';

type Choice = Held['choices'][number];

const MEANINGS: Readonly<Record<Choice, string>> = {
  retry: 'looks again and checks again; no other erase',
  rollback: 'puts the VM back; erases its system disk',
  accept: 'takes the VM as it is',
  'give-up': 'ends as failed; the VM stays as it is',
};

/** Why a rebuild is held, in one line. */
export function whyHeld({ failure }: Held): string {
  return `${oneLine(failure.type)}: ${oneLine(failure.message).replace(/\.$/, '')}`;
}

/** Until when somebody may decide, by the clock of this machine, and what happens then. Does not change with time. */
export function untilText({ deadlineAt, atDeadline }: Held): string {
  return `until ${formatLocal(deadlineAt)}, then ${oneLine(atDeadline)}`;
}

/** The commands by which a held rebuild is decided, in one. */
export function decideCommand({ choices }: Held, { instanceId, regionId }: Operation): string {
  return `reimage decide ${instanceId} ${choices.join('|')} --region ${regionId} --reason TEXT`;
}

/** The same for the foot of a live frame: why, and the command to type. */
export function heldFootLines(
  { instanceId, regionId }: Operation,
  held: Held,
  now: Date,
): { readonly why: readonly string[]; readonly command: string } {
  return {
    why: [`held: ${whyHeld(held)}`, `decide ${held.choices.join(', ')} ${untilText(held)} (in ${leftOf(held, now)}):`],
    command: `reimage decide ${instanceId} DECISION --region ${regionId} --reason TEXT`,
  };
}

/** Why a rebuild is held and until when, a line each. */
export function renderWhyHeld(held: Held, now: Date): string[] {
  return [`  held      ${whyHeld(held)}`, `  decide    ${untilText(held)} (in ${leftOf(held, now)})`];
}

/** The commands to type on a held rebuild, with what each does. */
export function renderChoices({ instanceId, regionId }: Operation, { choices }: Held): string[] {
  const width = Math.max(...choices.map((choice) => choice.length));
  return choices.map((choice) => {
    const command = `reimage decide ${instanceId} ${choice} --region ${regionId} --reason TEXT`;
    return `    $ ${command}${' '.repeat(width - choice.length)}  # ${MEANINGS[choice]}`;
  });
}

function leftOf({ deadlineAt }: Held, now: Date): string {
  return formatBetween(now.toISOString(), deadlineAt);
}
