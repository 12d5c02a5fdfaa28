import { SecretError } from '../secrets/secret-error.js';
import type { SecretReader } from '../secrets/secret-reader.js';
import type { Facts } from './checks/facts.js';
import { failure } from './failure.js';
import { observe, toVmState } from './observation.js';
import type { RebuildTarget } from './decisions/landing.js';

/**
 * The facts with the password that goes into the call. One that is generated is made and handed to its sink here and
 * nowhere else: so it belongs right before the call, after the last thing that could keep the call back. What the sink
 * has taken cannot be taken back either: an attempt that another one has replaced hands nothing over.
 * @param confirm - asked before that
 * @throws ApplicationFailure ValidationFailed when the sink does not take it · what `confirm` throws
 */
export async function withPasswordToSend(
  secrets: SecretReader,
  facts: Facts,
  { vm, marker }: RebuildTarget,
  confirm: () => Promise<void>,
): Promise<Facts> {
  const { request, password } = facts;
  if (request.passwordRef === undefined || password === undefined || !('isGenerated' in password)) return facts;
  await confirm();
  try {
    return { ...facts, password: { value: await secrets.read(request.passwordRef, vm, marker) } };
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    const message = `Password: ${error.message}. Nothing was sent to JD Cloud.`;
    const misfits = [{ code: 'password' as const, field: 'passwordRef', message }];
    const observed = toVmState(observe(facts.instance, facts.now));
    throw failure('ValidationFailed', message, { details: { observed, callMayBeOut: false, misfits } });
  }
}
