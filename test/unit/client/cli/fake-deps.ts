import type { Client } from '@temporalio/client';
import type { CliClient, CliDeps, CliFleets, CliSchedules, Io } from '../../../../client/cli/io/deps.js';
import { runCli } from '../../../../client/cli/run-cli.js';
import { failureOf, toReimageError } from '../../../../client/connection/errors.js';
import type { Operation } from '../../../../client/rebuilds/operation.js';
import type { Held } from '../../../../contracts/decision.js';
import type { RebuildPlan } from '../../../../contracts/rebuild-plan.js';
import type { RebuildProgress } from '../../../../contracts/rebuild-progress.js';
import type { RebuildResult } from '../../../../contracts/rebuild-result.js';

export const NOW = new Date('2026-11-24T06:01:05.000Z');
const START = '2026-11-24T06:00:00.000Z';
const STOPPED = '2026-11-24T06:00:20.000Z';
export const VM = { regionId: 'cn-north-1', instanceId: 'i-a1' } as const;

/** What a command did to its world. */
export interface Seen {
  readonly out: string[];
  readonly err: string[];
  readonly frames: (readonly string[])[];
  readonly questions: string[];
  /** Names of the library calls made, in order. */
  readonly calls: string[];
  readonly exitCode: number;
}

export interface FakeOptions {
  readonly client?: Partial<Omit<CliClient, 'fleets' | 'schedules'>>;
  readonly fleets?: Partial<CliFleets>;
  readonly schedules?: Partial<CliSchedules>;
  readonly io?: Partial<Io>;
  readonly env?: CliDeps['env'];
  /** What the person types; null: Ctrl-D. */
  readonly answer?: string | null;
  readonly connect?: CliDeps['connect'];
}

/** Runs a command line against a library and a terminal that only record. Library functions that are not given are refused. */
export async function runFake(argv: readonly string[], options: FakeOptions = {}): Promise<Seen> {
  const { deps, seen } = fakeDeps(options);
  const exitCode = await runCli(argv, deps);
  return { ...seen, exitCode };
}

/** What a command gets from {@link runFake}, and what it records. */
export function fakeDeps(options: FakeOptions = {}): { deps: CliDeps; seen: Omit<Seen, 'exitCode'> } {
  const seen = { out: [], err: [], frames: [], questions: [], calls: [] } as Omit<Seen, 'exitCode'>;
  const client = recorded(options, seen.calls);
  const io: Io = {
    out: (line) => seen.out.push(line),
    err: (line) => seen.err.push(line),
    canAsk: options.answer !== undefined,
    isLive: false,
    size: () => ({ width: 80, rows: 24 }),
    colour: (_style, text) => text,
    colourOut: (_style, text) => text,
    now: () => NOW,
    ask: async (question) => {
      seen.questions.push(question);
      return options.answer ?? null;
    },
    draw: (lines) => seen.frames.push(lines),
    drawn: () => undefined,
    undraw: () => undefined,
    onInterrupt: () => () => undefined,
    readFile: () => Promise.reject(Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' })),
    readKeyFile: () => Promise.reject(new Error('is not there')),
    writeNewFile: () => Promise.reject(new Error('EACCES: the test allows no writing')),
    ...options.io,
  };
  const connect = options.connect ?? (async () => client);
  return { deps: { io, env: options.env ?? {}, connect }, seen };
}

const METHODS = [
  'start',
  'plan',
  'get',
  'findByRequestId',
  'wait',
  'cancel',
  'decide',
  'planRollback',
  'rollback',
  'list',
  'listBackups',
  'pruneBackups',
  'freeze',
  'unfreeze',
  'planKeyRotation',
  'countKeys',
  'rotateKeys',
  'reportWorkers',
] as const;

/** A part of the library that only does what is given; each call is recorded as `PART.NAME`. */
function recordedPart<Part extends object>(part: string, given: Partial<Part>, calls: string[]): Part {
  return new Proxy(given, {
    get:
      (target, name: string) =>
      (...args: never[]) => {
        calls.push(`${part}.${name}`);
        const call: unknown = Reflect.get(target, name);
        return typeof call === 'function'
          ? call(...args)
          : Promise.reject(new Error(`the test allows no ${part}.${name}`));
      },
  }) as Part;
}

function recorded({ client: given = {}, fleets = {}, schedules = {} }: FakeOptions, calls: string[]): CliClient {
  const refuse = (name: string) => () => Promise.reject(new Error(`the test allows no ${name}`));
  const methods = Object.fromEntries(
    METHODS.map((name) => {
      const call: (...args: never[]) => unknown = given[name] ?? refuse(name);
      return [
        name,
        (...args: never[]) => {
          calls.push(name);
          return call(...args);
        },
      ];
    }),
  ) as unknown as Pick<CliClient, (typeof METHODS)[number]>;
  return {
    ...methods,
    fleets: recordedPart<CliFleets>('fleets', fleets, calls),
    schedules: recordedPart<CliSchedules>('schedules', schedules, calls),
    frozen: given.frozen ?? (async () => null),
    get temporal(): Client {
      throw new Error('the test has no Temporal');
    },
    taskQueue: 'reimage',
    [Symbol.asyncDispose]: async () => void calls.push('close'),
  };
}

/** A `get` for a VM that was never rebuilt. */
export const nothingKnown: CliClient['get'] = async () => {
  throw toReimageError(failureOf('OperationNotFound', 'knows of no rebuild'));
};

export function progress(overrides: Partial<RebuildProgress> = {}): RebuildProgress {
  return {
    phase: 'rebuilding',
    since: STOPPED,
    observedStatus: 'rebuilding',
    attempts: 1,
    lastError: null,
    next: 'waits until the VM is back',
    cancelRequestedAt: null,
    timeline: [
      { phase: 'validating', startedAt: START, finishedAt: '2026-11-24T06:00:02.000Z' },
      { phase: 'stopping', startedAt: '2026-11-24T06:00:02.000Z', finishedAt: STOPPED },
      { phase: 'rebuilding', startedAt: STOPPED, finishedAt: null },
    ],
    ...overrides,
  };
}

export function operation(overrides: Partial<Operation> = {}): Operation {
  return {
    operationId: 'rebuild:cn-north-1:i-a1',
    runId: '0b6d5d2e-6a3c-4f0e-9f57-1f0c53d5a001',
    ...VM,
    status: 'running',
    phase: 'rebuilding',
    imageId: 'img-new',
    startedAt: START,
    finishedAt: null,
    requestedBy: 'alice',
    reason: null,
    requestId: null,
    backupImageId: null,
    rollbackOf: null,
    progress: progress(),
    note: null,
    result: null,
    ...overrides,
  };
}

export const HELD: Held = {
  since: STOPPED,
  deadlineAt: '2026-11-24T07:00:05.000Z',
  atDeadline: 'give-up',
  failure: { type: 'HealthCheckFailed', message: 'no answer.' },
  choices: ['retry', 'rollback', 'accept', 'give-up'],
};

export function heldOperation(overrides: Partial<Operation> = {}): Operation {
  return operation({ phase: 'held', progress: progress({ phase: 'held', held: HELD }), ...overrides });
}

export function result(overrides: Partial<RebuildResult> = {}): RebuildResult {
  return {
    outcome: 'done',
    operationId: 'rebuild:cn-north-1:i-a1',
    ...VM,
    requestedBy: 'alice',
    reason: null,
    imageBefore: 'img-old',
    imageAfter: 'img-new',
    power: { before: 'running', after: 'running' },
    startedAt: START,
    finishedAt: NOW.toISOString(),
    timeline: [{ phase: 'validating', startedAt: START, finishedAt: STOPPED }],
    attempts: { stopInstance: 3, rebuildInstance: 1 },
    apiCalls: [{ operation: 'rebuildInstance', requestId: 'req-1' }],
    warnings: [],
    ...overrides,
  };
}

export function failed(type: NonNullable<RebuildResult['failure']>['type'], message = 'it went wrong'): RebuildResult {
  return result({ outcome: type === 'Cancelled' ? 'cancelled' : 'failed', failure: failureOf(type, message) });
}

export function plan(overrides: Partial<RebuildPlan> = {}): RebuildPlan {
  return {
    ...VM,
    instanceName: 'web-1',
    status: 'running',
    power: { before: 'running', after: 'running' },
    imageBefore: { imageId: 'img-old', name: 'CentOS 7' },
    imageAfter: { imageId: 'img-new', name: '生产镜像' },
    systemDisk: { deviceName: 'vda', diskCategory: 'cloud', diskId: 'vol-1', sizeGiB: 40 },
    dataDisks: [{ deviceName: 'vdb', diskCategory: 'cloud', diskId: 'vol-2', sizeGiB: 100 }],
    keepCharging: false,
    markerUsable: true,
    issues: [],
    warnings: [{ code: 'fstab', message: 'mounts must be made again' }],
    steps: ['stop the VM', 'rebuild it'],
    ...overrides,
  };
}
