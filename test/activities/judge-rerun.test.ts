import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeRerun, type VmNow } from '../../activities/rerun/judge-rerun.js';
import type { EarlierRun, LeftBehind } from '../../contracts/earlier-run.js';
import { rollbackMarker } from '../../contracts/names.js';
import { RebuildPlan } from '../../contracts/rebuild-plan.js';
import type { Abandoned, RerunVerdict } from '../../contracts/rerun-verdict.js';

const OURS = 'marker-of-ours';
const LATER = 'marker-of-a-later-one';
const PLAN = RebuildPlan.parse({
  regionId: 'cn-north-1',
  instanceId: 'i-a1',
  instanceName: null,
  status: 'running',
  power: { before: 'running', after: 'stopped' },
  imageBefore: { imageId: 'img-a', name: null },
  imageAfter: { imageId: 'img-b', name: null },
  systemDisk: { deviceName: null, diskCategory: 'cloud', diskId: 'vol-1', sizeGiB: 40 },
  dataDisks: [],
  keepCharging: false,
  markerUsable: true,
  lastOperation: null,
  misfits: [],
  warnings: [],
  steps: [],
});

const run = (over: Partial<EarlierRun>): EarlierRun => ({
  runId: 'run-1',
  marker: OURS,
  requestedBy: null,
  isCutShort: false,
  phase: 'done',
  plan: PLAN,
  maySend: true,
  backup: null,
  ...over,
});
const UNTOUCHED: VmNow = { status: 'running', imageId: 'img-a', systemDiskId: 'vol-1', marker: null };
const ERASED: VmNow = { status: 'stopped', imageId: 'img-b', systemDiskId: 'vol-2', marker: OURS };
const BY_ANOTHER: VmNow = { status: 'running', imageId: 'img-c', systemDiskId: 'vol-3', marker: LATER };
const CUT_SHORT = { isCutShort: true, phase: 'stopping', maySend: false } as const;

interface Row {
  readonly name: string;
  readonly left: Partial<LeftBehind>;
  readonly now: VmNow;
  /** How many rollbacks the run that looks has begun. */
  readonly rollbacks?: number;
  readonly state: RerunVerdict['state'];
  /** The power state that is to be brought about where the run does not go on; absent: nobody is abandoned. */
  readonly abandoned?: Pick<Abandoned, 'isOwn' | 'power'>;
}

const ROWS: readonly Row[] = [
  { name: 'nothing found out', left: { before: [run({ plan: null, maySend: false })] }, now: UNTOUCHED, state: 'anew' },
  { name: 'failed before its call', left: { before: [run({ maySend: false })] }, now: UNTOUCHED, state: 'goes-on' },
  {
    name: 'cut short in its stop',
    left: { before: [run(CUT_SHORT)] },
    now: UNTOUCHED,
    state: 'goes-on',
    abandoned: { isOwn: true, power: 'running' },
  },
  { name: 'erased', left: { before: [run({})] }, now: ERASED, state: 'rebuilt' },
  {
    name: 'erased, its metadata not to be read',
    left: { before: [run({})] },
    now: { ...ERASED, marker: null },
    state: 'rebuilt',
  },
  {
    name: 'erased, and a later one since',
    left: { before: [run({})], laterMarkers: [LATER] },
    now: BY_ANOTHER,
    state: 'refused',
  },
  {
    name: 'erased, and somebody without a marker since',
    left: { before: [run({})] },
    now: { ...BY_ANOTHER, marker: null },
    state: 'refused',
  },
  {
    name: 'cut short, and seen to by a later one',
    left: { before: [run(CUT_SHORT)], laterMarkers: [LATER] },
    now: BY_ANOTHER,
    state: 'refused',
  },
  {
    name: 'a later one cut short by the reset',
    left: { before: [run({})], displaced: [run({ marker: LATER, isCutShort: true, phase: 'rebuilding' })] },
    now: { ...BY_ANOTHER, status: 'rebuilding' },
    state: 'refused',
    abandoned: { isOwn: false, power: 'stopped' },
  },
  {
    name: 'a later one cut short on its way back',
    left: { before: [run({})], displaced: [run({ marker: LATER, isCutShort: true, phase: 'rolling-back' })] },
    now: { ...BY_ANOTHER, status: 'stopped' },
    state: 'refused',
    abandoned: { isOwn: false, power: 'running' },
  },
  {
    name: 'a later one cut short, and its own reset cut short before it had touched anything',
    left: {
      before: [run({})],
      displaced: [
        run({ marker: LATER, isCutShort: true, phase: 'validating', maySend: false }),
        run({ marker: LATER, isCutShort: true, phase: 'starting' }),
      ],
    },
    now: BY_ANOTHER,
    state: 'refused',
    abandoned: { isOwn: false, power: 'stopped' },
  },
  {
    name: 'cut short in its stop, and reset twice',
    left: { before: [run({ ...CUT_SHORT, phase: 'validating' }), run(CUT_SHORT)] },
    now: { ...UNTOUCHED, status: 'stopped' },
    state: 'goes-on',
    abandoned: { isOwn: true, power: 'running' },
  },
  {
    name: 'a later one ended before it had touched anything',
    left: {
      before: [run({})],
      displaced: [run({ marker: LATER, isCutShort: true, phase: 'validating', maySend: false })],
    },
    now: ERASED,
    state: 'rebuilt',
  },
  {
    name: 'rolled back',
    left: { before: [run({})] },
    now: { ...UNTOUCHED, marker: rollbackMarker(OURS, 1) },
    state: 'refused',
  },
  {
    name: 'rolled back by what is replayed',
    left: { before: [run({})] },
    now: { ...UNTOUCHED, marker: rollbackMarker(OURS, 1) },
    rollbacks: 1,
    state: 'rebuilt',
  },
  {
    name: 'rebuilt by somebody now',
    left: { before: [run({ maySend: false })] },
    now: { ...UNTOUCHED, status: 'rebuilding' },
    state: 'refused',
  },
];

describe('what a run may do that was reset', () => {
  for (const { name, left, now, rollbacks = 0, state, abandoned = null } of ROWS)
    it(`given ${name}: ${state}`, () => {
      const found: LeftBehind = { before: [], displaced: [], laterMarkers: [], ...left };
      const rollback = rollbacks === 0 ? null : rollbackMarker(OURS, rollbacks);

      const verdict = judgeRerun(found, now, { marker: OURS, imageId: 'img-b', rollback });

      assert.equal(verdict.state, state, verdict.why ?? '');
      const told = verdict.abandoned && { isOwn: verdict.abandoned.isOwn, power: verdict.abandoned.power };
      assert.deepEqual(told, abandoned);
      assert.equal(verdict.why === null, state !== 'refused', 'a refusal says why');
    });
});
