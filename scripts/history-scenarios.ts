import type * as z from 'zod';
import type { Decision } from '../contracts/decision.js';
import type { FailureType } from '../contracts/failures.js';
import type { HealthCheck } from '../contracts/health-check.js';
import type { RebuildRequestInput } from '../contracts/rebuild-request.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID } from '../simulator/model/builders.js';
import type { FaultRule } from '../simulator/model/fault-rule.js';
import type { LaneOptions } from '../test/fixtures/lane.js';

type HealthCheckInput = z.input<typeof HealthCheck>;

/** One way for a rebuild to go, and what it must have come to before its history is kept. */
export interface HistoryScenario {
  /** Name of the file under test/histories/. */
  readonly name: string;
  readonly lane?: LaneOptions;
  readonly request?: Partial<RebuildRequestInput>;
  readonly faults?: readonly FaultRule[];
  /** The status of the VM in which the rebuild is cancelled. */
  readonly cancelWhen?: string;
  /** What is decided, one after the other, each time it is held. */
  readonly decisions?: readonly Decision['decision'][];
  /** How it must end. */
  readonly ends: 'done' | 'cancelled' | FailureType;
}

const other = { imageId: OTHER_IMAGE_ID };

/** Passing statuses that last half a second, so that each is seen. */
const slowStart: LaneOptions = { timing: { starting: 100_000 } };

const startReverts = (times: FaultRule['times']): FaultRule => ({
  operation: 'startInstance',
  times,
  kind: { outcome: 'reverts' },
});

/** A health check that needs nothing but the worker. */
const exec = (program: string): HealthCheckInput => ({
  kind: 'exec',
  command: [program],
  intervalSeconds: 1,
  timeoutSeconds: 1,
  successes: 1,
  deadlineSeconds: 2,
});

/** Every path of the workflow that makes other commands than the others. */
export const HISTORY_SCENARIOS: readonly HistoryScenario[] = [
  { name: 'running-vm', request: other, ends: 'done' },
  { name: 'stopped-vm', lane: { status: 'stopped' }, request: other, ends: 'done' },
  { name: 'same-image', request: { imageId: DEFAULT_IMAGE_ID }, ends: 'done' },
  {
    name: 'answer-lost',
    faults: [{ operation: 'rebuildInstance', kind: { drop: 'after' } }],
    ends: 'done',
  },
  {
    name: 'came-back-running-to-be-stopped',
    request: { ...other, power: 'stopped' },
    faults: [{ operation: 'rebuildInstance', kind: { outcome: 'comes-back-running' } }],
    ends: 'done',
  },
  {
    name: 'outcome-unknown',
    lane: {
      overrides: { metadata: Array.from({ length: 40 }, (_, index) => ({ key: `key-${index}`, value: 'v' })) },
      assumptions: { diskIdChanges: 'never' },
      timing: { rebuilding: 100, acceptedVisibleAfter: 0 },
    },
    faults: [{ operation: 'rebuildInstance', kind: { drop: 'after' } }],
    ends: 'RebuildOutcomeUnknown',
  },
  {
    name: 'stop-reverted',
    lane: { timing: { stopping: 100_000 } },
    faults: [{ operation: 'stopInstance', kind: { outcome: 'reverts' } }],
    ends: 'StopReverted',
  },
  {
    name: 'rebuild-refused-power-restored',
    request: other,
    faults: [{ operation: 'rebuildInstance', kind: { status: 400, code: 'INVALID_ARGUMENT', when: 'before' } }],
    ends: 'JdCloudRefused',
  },
  {
    name: 'rebuild-deadline-looked-for',
    request: { ...other, deadlines: { rebuildingSeconds: 5 } },
    faults: [{ operation: 'rebuildInstance', times: 'always', kind: { status: 503, when: 'before' } }],
    ends: 'DeadlineExceeded',
  },
  { name: 'cancelled-while-stopping', cancelWhen: 'stopping', request: other, ends: 'cancelled' },
  { name: 'cancelled-too-late', cancelWhen: 'rebuilding', request: other, ends: 'done' },
  { name: 'validation-failed', request: { imageId: 'img-nowhere' }, ends: 'ValidationFailed' },
  {
    name: 'start-refused',
    request: other,
    faults: [
      {
        operation: 'startInstance',
        kind: {
          status: 400,
          code: 'FAILED_PRECONDITION',
          message: "InstanceType 'g.n2.large' is out of stock",
          when: 'before',
        },
      },
    ],
    ends: 'OutOfStock',
  },
  {
    name: 'vm-in-error',
    request: other,
    faults: [{ operation: 'rebuildInstance', kind: { outcome: 'error' } }],
    ends: 'VmInError',
  },
  { name: 'backed-up', request: { ...other, backup: 'image', keepBackups: 1 }, ends: 'done' },
  {
    name: 'backup-failed',
    request: { ...other, backup: 'image' },
    faults: [{ operation: 'createImage', kind: { outcome: 'error' } }],
    ends: 'BackupFailed',
  },
  {
    name: 'backup-unanswered',
    request: { ...other, backup: 'image', deadlines: { backingUpSeconds: 5 } },
    faults: [{ operation: 'createImage', times: 'always', kind: { drop: 'before' } }],
    ends: 'DeadlineExceeded',
  },
  {
    name: 'cancelled-while-backing-up',
    cancelWhen: 'stopped',
    lane: { timing: { creatingImage: 300_000 } },
    request: { ...other, backup: 'image' },
    ends: 'cancelled',
  },
  {
    name: 'rolled-back',
    lane: slowStart,
    request: { ...other, backup: 'image', onFailure: 'rollback' },
    faults: [startReverts(1)],
    ends: 'RolledBack',
  },
  {
    name: 'rollback-failed',
    lane: slowStart,
    request: { ...other, onFailure: 'rollback' },
    faults: [startReverts('always')],
    ends: 'RollbackFailed',
  },
  {
    name: 'held-retried',
    lane: slowStart,
    request: { ...other, onFailure: 'hold' },
    faults: [startReverts(2)],
    decisions: ['retry', 'retry'],
    ends: 'done',
  },
  {
    name: 'held-rolled-back-and-accepted',
    lane: slowStart,
    request: { ...other, onFailure: 'hold' },
    faults: [startReverts('always')],
    decisions: ['rollback', 'accept'],
    ends: 'RolledBack',
  },
  {
    name: 'held-to-the-deadline',
    lane: slowStart,
    request: { ...other, onFailure: 'hold', hold: { deadlineSeconds: 5 } },
    faults: [startReverts(1)],
    ends: 'StartRefused',
  },
  { name: 'healthy', request: { ...other, healthChecks: [exec('true')], requireHealthyBefore: true }, ends: 'done' },
  {
    name: 'health-check-failed',
    request: { ...other, healthChecks: [exec('false')] },
    ends: 'HealthCheckFailed',
  },
  {
    name: 'unhealthy-before',
    request: { ...other, healthChecks: [exec('false')], requireHealthyBefore: true },
    ends: 'UnhealthyBefore',
  },
];
