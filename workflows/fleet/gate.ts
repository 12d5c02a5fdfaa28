import { changeOr, type Fleet } from './fleet.js';

/**
 * Waits for the approval that the policy asks for before the wave. Nobody's approval in time counts as a refusal: the
 * fleet then ends.
 */
export async function passGate(fleet: Fleet): Promise<void> {
  const { record } = fleet;
  const name = gateOf(fleet);
  if (name === null || record.isGatePassed || record.ending !== null) return;
  // A run before may have waited at it already.
  if (record.gate === null) {
    record.waitAt({ name, deadline: Date.now() + fleet.input.rollout.approval.deadlineSeconds * 1000 });
    record.act('gate', null, `waits for approval ${name}`);
  }
  const deadline = record.gate?.deadline ?? 0;
  while (record.gate !== null && Date.now() < deadline) await changeOr(fleet, deadline);
  if (record.gate === null) return;
  record.act('gate-expired', null, `nobody approved ${name}`);
  record.end({
    type: 'FleetRejected',
    message: `Nobody approved ${name} before the deadline.`,
    now: false,
    isRolledBack: false,
  });
}

/** What is to be approved before the wave; null: nothing. */
function gateOf({ input, record: { wave } }: Fleet): string | null {
  const { afterCanary, beforeWaves } = input.rollout.approval;
  if (wave === 0) return null;
  const isAfterCanary = wave === 1 && input.waves[0]?.name === 'canary';
  if (isAfterCanary && afterCanary) return 'after the canary';
  return beforeWaves ? `before ${input.waves[wave]?.name ?? `wave ${wave + 1}`}` : null;
}
