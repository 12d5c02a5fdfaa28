import { ApiError } from './api-error.js';
import type { Cloud } from '../cloud.js';
import { describeFault, type FaultTarget } from '../fault-book.js';
import type { AnswerFault, StaleFault } from '../fault-rule.js';
import type { CallOutcome } from '../journal.js';
import type { Behind } from '../region/past.js';
import { queryReader, type RawCall, readJson, receive, type ReceivedCall } from './received-call.js';
import { freshRequestId } from '../region/resource-ids.js';
import { answerOf, faultyAnswer, type WireAnswer } from './wire-answer.js';

type Complete = (outcome: CallOutcome) => void;
/** What a handler came to: a result, nothing, or a refusal. */
type Outcome = object | null | ApiError;

/**
 * Takes one request through the gateway and the service: route, signature, rate, faults, handler.
 * Every request stands in the journal, also one that was refused.
 * @returns what to write on the wire, or null when the connection is to be destroyed
 */
export async function serveCall(cloud: Cloud, raw: RawCall): Promise<WireAnswer | null> {
  const requestId = freshRequestId();
  const complete = cloud.world.journal.arrive(requestId);
  const answer = await gateway(cloud, raw, requestId, complete).catch((error: unknown) => {
    const refusal = toRefusal(error);
    complete({ errorStatus: refusal.status, errorMessage: refusal.message });
    return answerOf(requestId, refusal);
  });
  if (answer !== null) complete({ httpStatus: answer.httpStatus });
  return answer;
}

async function gateway(cloud: Cloud, raw: RawCall, requestId: string, complete: Complete): Promise<WireAnswer | null> {
  const call = receive(raw);
  const { route, path, query, instanceIds, params } = call;
  const { operation, regionId, pathParams } = route;
  complete({ operation, regionId, instanceId: pathParams['instanceId'] ?? null, params });
  const warnings = cloud.signatures.verify({ ...raw, path, query, regionId });
  for (const warning of warnings) complete({ warning });
  cloud.limit.count(cloud.world.clock.now());
  return withFaults(cloud, { operation, instanceIds }, requestId, complete, () => perform(cloud, call, raw, complete));
}

async function withFaults(
  cloud: Cloud,
  target: FaultTarget,
  requestId: string,
  complete: Complete,
  run: () => Outcome,
): Promise<WireAnswer | null> {
  const delay = cloud.faults.delay(target);
  const fault = cloud.faults.answer(target);
  for (const struck of [delay, fault]) if (struck !== null) complete({ fault: describeFault(struck) });
  if (delay?.when === 'before') await cloud.world.clock.wait(delay.delayMs);
  const outcome = fault === null || isPerformedAllTheSame(fault) ? run() : null;
  if (outcome instanceof ApiError) complete({ errorStatus: outcome.status, errorMessage: outcome.message });
  if (delay?.when === 'after') await cloud.world.clock.wait(delay.delayMs);
  if (fault === null) return answerOf(requestId, outcome);
  return faultyAnswer(fault, requestId, target, cloud.world.assumptions);
}

function isPerformedAllTheSame(fault: AnswerFault): boolean {
  if ('drop' in fault) return fault.drop === 'after';
  return 'when' in fault && fault.when === 'after';
}

/** Runs the handler. Synchronous as a whole, so that calls take effect one after the other. */
function perform(cloud: Cloud, call: ReceivedCall, raw: RawCall, complete: Complete): Outcome {
  const { route, instanceIds } = call;
  const target = { operation: route.operation, instanceIds };
  try {
    const query = queryReader(call);
    const stale = cloud.staleRead(target);
    if (stale !== null) complete({ fault: describeFault(stale) });
    const result = route.handler({
      region: cloud.regionOf(route.regionId),
      pathParams: route.pathParams,
      query,
      body: readJson(raw.body),
      behind: stale === null ? null : behindOf(stale),
      outcome: () => {
        const outcome = cloud.faults.outcome(target);
        if (outcome !== null) complete({ fault: describeFault({ outcome }) });
        return outcome;
      },
      warn: (warning) => complete({ warning }),
    });
    for (const name of query.unread()) complete({ warning: `unknown query parameter ${name}` });
    complete({ performed: true });
    return result;
  } catch (error) {
    return toRefusal(error);
  }
}

function behindOf({ stale, withinMs }: StaleFault): Behind {
  return { states: stale === true ? 1 : stale, withinMs: withinMs ?? null };
}

function toRefusal(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(
    500,
    'INTERNAL',
    `simulator bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
}
