import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FailureType } from '../../contracts/failures.js';
import { OTHER_IMAGE_ID } from '../../simulator/builders.js';
import type { FaultKind } from '../../simulator/fault-rule.js';
import { inLane, type Lane } from '../support/lane.js';
import { outcomeOf } from '../support/outcome.js';
import { requestFor } from '../support/requests.js';

/** One answer of JD Cloud or of the network, given once. */
interface Answer {
  readonly name: string;
  readonly kind: FaultKind;
  /** A repeat mends it. Otherwise: the failure that it ends in, before the VM is known to be there and after. */
  readonly ends: 'mended' | FailureType;
}

/** A call of the story, and what has been done to the VM when it ends there. */
interface Step {
  readonly name: string;
  readonly operation: string;
  /** The fault is set once this call has been performed. */
  readonly armedBy?: 'stopInstance' | 'rebuildInstance' | 'startInstance';
  readonly rebuilt: boolean;
  /** Whether the VM ends running: it was, and gets it back unless it was left after the rebuild call. */
  readonly endsRunning: boolean;
}

const notFound = { status: 404, code: 'NOT_FOUND', message: "Instance 'i-x' not found.", when: 'before' } as const;

const ANSWERS: readonly Answer[] = [
  { name: '400', kind: { status: 400, code: 'INVALID_ARGUMENT', when: 'before' }, ends: 'JdCloudRefused' },
  { name: '401', kind: { status: 401, when: 'before' }, ends: 'CredentialsRefused' },
  { name: '403', kind: { status: 403, when: 'before' }, ends: 'PermissionDenied' },
  { name: '404', kind: notFound, ends: 'VmDeleted' },
  { name: '429 quota', kind: { quota: true }, ends: 'QuotaExceeded' },
  { name: '429', kind: { throttle: true }, ends: 'mended' },
  {
    name: '400 busy',
    kind: {
      status: 400,
      code: 'FAILED_PRECONDITION',
      message: "Conflict with underlay task 'attachDisk'",
      when: 'before',
    },
    ends: 'mended',
  },
  { name: '500', kind: { status: 500, when: 'before' }, ends: 'mended' },
  { name: '500 after performing', kind: { status: 500, when: 'after' }, ends: 'mended' },
  { name: '503', kind: { status: 503, when: 'before' }, ends: 'mended' },
  { name: '503 after performing', kind: { status: 503, when: 'after' }, ends: 'mended' },
  { name: 'HTML 503', kind: { body: 'html', status: 503, when: 'before' }, ends: 'mended' },
  { name: 'drop before', kind: { drop: 'before' }, ends: 'mended' },
  { name: 'drop after', kind: { drop: 'after' }, ends: 'mended' },
  { name: 'truncated body', kind: { body: 'truncated', when: 'after' }, ends: 'mended' },
];

const STEPS: readonly Step[] = [
  { name: 'validation', operation: 'describeInstances', rebuilt: false, endsRunning: true },
  { name: 'the stop', operation: 'stopInstance', rebuilt: false, endsRunning: true },
  {
    name: 'the wait for the stop',
    operation: 'describeBriefInstances',
    armedBy: 'stopInstance',
    rebuilt: false,
    endsRunning: true,
  },
  { name: 'the rebuild', operation: 'rebuildInstance', rebuilt: false, endsRunning: true },
  {
    name: 'the wait for the rebuild',
    operation: 'describeBriefInstances',
    armedBy: 'rebuildInstance',
    rebuilt: true,
    endsRunning: true,
  },
  { name: 'the start', operation: 'startInstance', rebuilt: true, endsRunning: false },
  {
    name: 'the verification',
    operation: 'describeInstances',
    armedBy: 'startInstance',
    rebuilt: true,
    endsRunning: true,
  },
];

/** The failure that a refusal ends in, by where it comes. */
function expectedType({ ends }: Answer, step: Step): FailureType | null {
  if (ends === 'mended') return null;
  // A refusal of the shared poll is believed when it is repeated.
  if (step.operation === 'describeBriefInstances') return null;
  if (step.name === 'validation' && ends === 'VmDeleted') return 'VmNotFound';
  const isStartsOwn = ends === 'JdCloudRefused' || ends === 'QuotaExceeded';
  return step.operation === 'startInstance' && isStartsOwn ? 'StartRefused' : ends;
}

async function runWith({ cloud, worker, instanceId }: Lane, answer: Answer, step: Step) {
  const rule = { operation: step.operation, kind: answer.kind };
  if (step.armedBy === undefined) cloud.addFault(rule);
  const handle = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
  if (step.armedBy !== undefined) {
    const { armedBy } = step;
    await cloud.waitFor(({ journal }) => journal.effective(armedBy, instanceId) === 1, 20_000);
    cloud.addFault(rule);
  }
  return outcomeOf(handle);
}

describe('an answer at a step', { concurrency: 4 }, () => {
  for (const step of STEPS) {
    for (const answer of ANSWERS) {
      const type = expectedType(answer, step);
      it(`${answer.name} at ${step.name} ends ${type ?? 'done'}`, () =>
        inLane({}, async (lane) => {
          const result = await runWith(lane, answer, step);
          const { cloud, instanceId } = lane;
          const effective = (operation: string) => cloud.journal.effective(operation, instanceId);

          assert.ok(
            cloud.journal.calls().some(({ fault }) => fault !== undefined && fault !== null),
            'the fault struck',
          );
          assert.equal(result.failure?.type ?? null, type, result.failure?.message);
          if (type === null) {
            assert.deepEqual(['stopInstance', 'rebuildInstance', 'startInstance'].map(effective), [1, 1, 1]);
            assert.equal(cloud.vm(instanceId).status, 'running');
            assert.equal(cloud.vm(instanceId).imageId, OTHER_IMAGE_ID);
            return;
          }
          assert.equal(effective('rebuildInstance'), step.rebuilt ? 1 : 0);
          assert.equal(cloud.vm(instanceId).status, step.endsRunning ? 'running' : 'stopped');
          assert.equal(result.power.after ?? 'running', cloud.vm(instanceId).status);
        }));
    }
  }
});
