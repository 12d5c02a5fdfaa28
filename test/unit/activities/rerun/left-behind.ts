import type { Operation, VmNow } from '../../../../activities/decisions/judge-rerun.js';
import type { RebuildPlan } from '../../../../contracts/rebuild-plan.js';
import type { EarlierRun, LeftBehind } from '../../../../contracts/rerun-verdict.js';

/** The operation that is judged. */
export const OWN: Operation = { marker: 'own', imageId: 'img-new', isRolledBack: false };

/** How its first run has found the VM. */
export const PLAN: RebuildPlan = {
  regionId: 'cn-north-1',
  instanceId: 'i-1',
  instanceName: null,
  status: 'running',
  power: { before: 'running', after: 'running' },
  imageBefore: { imageId: 'img-old', name: null },
  imageAfter: { imageId: 'img-new', name: null },
  systemDisk: { deviceName: 'vda', diskCategory: 'cloud', diskId: 'vol-1', sizeGiB: 40 },
  dataDisks: [],
  keepCharging: false,
  markerUsable: true,
  lastOperation: 'former',
  issues: [],
  warnings: [],
  steps: [],
};

/** The VM as it was found. */
export const FOUND: VmNow = { status: 'running', imageId: 'img-old', systemDiskId: 'vol-1', marker: 'former' };

/** A run of the operation, ended by itself before it touched anything. */
export function run(change: Partial<EarlierRun> = {}): EarlierRun {
  const ended = { runId: 'r1', requestedBy: null, isCutShort: false, phase: 'failed', backup: null } as const;
  return { ...ended, marker: 'own', plan: PLAN, mayHaveSent: false, ...change };
}

/** What one such run, and others, have left. */
export const left = (change: Partial<EarlierRun> = {}, rest: Partial<LeftBehind> = {}): LeftBehind => ({
  before: [run(change)],
  displaced: [],
  laterMarkers: [],
  ...rest,
});

/** A run of another operation that the server has ended. */
export const other = (change: Partial<EarlierRun>) =>
  run({
    runId: 'r2',
    marker: 'other',
    isCutShort: true,
    plan: { ...PLAN, power: { before: 'running', after: 'stopped' } },
    ...change,
  });
