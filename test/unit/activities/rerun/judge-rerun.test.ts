import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { judgeRerun, type VmNow } from '../../../../activities/decisions/judge-rerun.js';
import { rollbackMarker } from '../../../../contracts/names.js';
import { PHASES } from '../../../../contracts/rebuild-progress.js';
import type { EarlierRun, LeftBehind } from '../../../../contracts/rerun-verdict.js';
import { FOUND, left, other, OWN, PLAN, run } from './left-behind.js';

interface Row {
  readonly name: string;
  readonly left?: LeftBehind;
  readonly now?: Partial<VmNow>;
  readonly state: string;
  readonly why?: RegExp;
}

const ROWS: readonly Row[] = [
  { name: 'as it was found', state: 'continue' },
  {
    name: 'stopped by the run before',
    left: left({ isCutShort: true, phase: 'stopping' }),
    now: { status: 'stopped' },
    state: 'continue',
  },
  {
    name: 'as it was found, by a run that found issues',
    left: left({ plan: { ...PLAN, issues: [{ code: 'frozen', field: null, message: '' }] } }),
    state: 'continue',
  },
  { name: 'that no earlier run has planned for', left: left({ plan: null }), state: 'from-start' },
  { name: 'whose earlier runs the namespace has forgotten', left: left({}, { before: [] }), state: 'from-start' },
  {
    name: 'erased by the run before',
    left: left({ mayHaveSent: true }),
    now: { marker: 'own', imageId: 'img-new' },
    state: 'rebuilt',
  },
  {
    name: 'erased by the run before, and rebuilt by hand since, under our marker',
    left: left({ mayHaveSent: true }),
    now: { marker: 'own', imageId: 'img-hand' },
    state: 'refused',
    why: /has image img-hand/,
  },
  {
    name: 'being erased, its marker not to be seen yet',
    left: left({ mayHaveSent: true }),
    now: { status: 'rebuilding' },
    state: 'rebuilt',
  },
  {
    name: 'being erased under the marker of another operation',
    left: left({ mayHaveSent: true }),
    now: { status: 'rebuilding', marker: 'other' },
    state: 'refused',
    why: /Someone else rebuilds/,
  },
  {
    name: 'erased by the run before, which nobody can mark',
    left: left({ mayHaveSent: true }),
    now: { marker: undefined, imageId: 'img-new' },
    state: 'rebuilt',
  },
  {
    name: 'erased by the run before, of which no plan is left',
    left: left({ plan: null, mayHaveSent: true }),
    now: { marker: 'own', imageId: 'img-new' },
    state: 'from-start',
  },
  {
    name: 'erased by the run before, and still shown with its former image',
    left: left({ mayHaveSent: true }),
    now: { marker: 'own', imageId: 'img-old' },
    state: 'rebuilt',
  },
  {
    name: 'erased by the run before, whose image nobody tells',
    left: left({ mayHaveSent: true }),
    now: { marker: 'own', imageId: null },
    state: 'rebuilt',
  },
  {
    name: 'being erased under our marker, whatever image it shows',
    left: left({ mayHaveSent: true }),
    now: { status: 'rebuilding', marker: 'own', imageId: 'img-hand' },
    state: 'rebuilt',
  },
  {
    name: 'found with no image at all, erased by the run before',
    left: left({ mayHaveSent: true, plan: { ...PLAN, imageBefore: null } }),
    now: { marker: 'own', imageId: 'img-hand' },
    state: 'refused',
  },
  {
    name: 'with another image, and no marker that anybody may read',
    left: left({ mayHaveSent: true }),
    now: { marker: undefined, imageId: 'img-hand' },
    state: 'refused',
  },
  { name: 'whose marker nobody may read', now: { marker: undefined }, state: 'continue' },
  {
    name: 'planned before plans told the last operation, without a marker',
    left: left({ plan: { ...PLAN, lastOperation: undefined } }),
    now: { marker: null },
    state: 'continue',
  },
  {
    name: 'planned before plans told the last operation, with a marker',
    left: left({ plan: { ...PLAN, lastOperation: undefined } }),
    state: 'refused',
  },
  { name: 'whose disk nobody tells now', now: { systemDiskId: null }, state: 'continue' },
  {
    name: 'whose disk nobody told before',
    left: left({ plan: { ...PLAN, systemDisk: null } }),
    state: 'continue',
  },
  {
    name: 'without an image, found without one',
    left: left({ plan: { ...PLAN, imageBefore: null } }),
    now: { imageId: null },
    state: 'continue',
  },
  {
    name: 'put back by the run before',
    left: left({ mayHaveSent: true }),
    now: { marker: rollbackMarker('own', 1) },
    state: 'refused',
    why: /was rolled back/,
  },
  {
    name: 'rebuilt by another operation since',
    now: { marker: 'other' },
    state: 'refused',
    why: /carries the marker other/,
  },
  {
    name: 'rebuilt by another operation onto the same image',
    left: left({ mayHaveSent: true }),
    now: { marker: 'other', imageId: 'img-new' },
    state: 'refused',
  },
  { name: 'that lost its marker', now: { marker: null }, state: 'refused', why: /carries no marker/ },
  { name: 'with another image, by hand', now: { imageId: 'img-hand' }, state: 'refused', why: /has image img-hand/ },
  { name: 'with another disk, by hand', now: { systemDiskId: 'vol-2' }, state: 'refused' },
  {
    name: 'that somebody else rebuilds now',
    now: { status: 'rebuilding' },
    state: 'refused',
    why: /Someone else rebuilds/,
  },
  {
    name: 'rebuilt by a later operation, where no run has planned',
    left: left({ plan: null }, { laterMarkers: ['other'] }),
    now: { marker: 'other' },
    state: 'refused',
  },
  {
    name: 'taken from another operation in mid-work',
    left: left({}, { displaced: [other({ phase: 'stopping' })] }),
    state: 'refused',
    why: /Another operation had the VM.*r2/,
  },
  {
    name: 'taken from another operation that had touched nothing',
    left: left({}, { displaced: [other({ phase: 'validating' })] }),
    state: 'continue',
  },
  {
    name: 'taken from another operation in mid-work, whose own reset had touched nothing',
    left: left({}, { displaced: [other({ phase: 'validating' }), other({ runId: 'r3', phase: 'starting' })] }),
    state: 'refused',
    why: /Another operation had the VM.*r3/,
  },
];

describe('what a run may do that was reset', () => {
  for (const { name, left: behind = left(), now = {}, state, why = /./ } of ROWS)
    it(`given a VM ${name}, then ${state}`, () => {
      const verdict = judgeRerun(behind, { ...FOUND, ...now }, OWN);
      assert.equal(verdict.state, state);
      if (state === 'refused') assert.match(verdict.reason ?? '', why);
    });

  it('goes on with a rollback that it was reset to a moment of', () => {
    const now = { ...FOUND, marker: rollbackMarker('own', 1) };
    assert.equal(judgeRerun(left({ mayHaveSent: true }), now, { ...OWN, isRolledBack: true }).state, 'rebuilt');
  });

  it('brings to rest what the reset has cut short, in the power state that it was to have', () => {
    const powerOf = (behind: LeftBehind) => judgeRerun(behind, FOUND, OWN).abandoned?.power;
    assert.equal(powerOf(left()), undefined);
    assert.equal(powerOf(left({ isCutShort: true, phase: 'validating' })), undefined);
    assert.equal(powerOf(left({ isCutShort: true, phase: 'backing-up' })), 'running');
    const terminated = { isCutShort: true, phase: 'stopping' } as const;
    assert.equal(powerOf(left(terminated, { laterMarkers: ['later'] })), undefined);
    const displaced = (change: Partial<EarlierRun>) => powerOf(left({}, { displaced: [other(change)] }));
    assert.equal(displaced({ phase: 'stopping' }), 'running');
    assert.equal(displaced({ phase: 'rebuilding', mayHaveSent: true }), 'stopped');
    assert.equal(displaced({ phase: 'rolling-back', mayHaveSent: true }), 'running');
    assert.equal(displaced({ phase: 'restoring-power', mayHaveSent: true }), 'running');
    assert.equal(displaced({ phase: 'stopping', plan: null }), null);
  });

  it('takes a run that was ended before it came to anything for none', () => {
    const before = [run({ isCutShort: true, phase: 'validating' }), run({ isCutShort: true, phase: 'stopping' })];
    const verdict = judgeRerun(left({}, { before }), { ...FOUND, status: 'stopped' }, OWN);
    assert.equal(verdict.isCutShort, true, 'so that the power state of before is known');
    assert.equal(verdict.abandoned?.power, 'running');
  });

  it('is never an erase of what another has put there, and never a second one', () => {
    const markers = fc.constantFrom(undefined, null, 'own', 'former', 'other', rollbackMarker('own', 1));
    const images = fc.constantFrom('img-old', 'img-new', 'img-hand');
    const runs = fc.record({ isCutShort: fc.boolean(), maySend: fc.boolean(), phase: fc.constantFrom(...PHASES) });
    const vms = fc.record({
      marker: markers,
      imageId: images,
      status: fc.constantFrom('running', 'stopped', 'rebuilding'),
    });
    fc.assert(
      fc.property(runs, vms, fc.option(runs), (own, now, displaced) => {
        const behind = left(own, { displaced: displaced === null ? [] : [other(displaced)] });
        const { state } = judgeRerun(behind, { ...FOUND, ...now }, OWN);
        // Only these two states lead to a rebuild call.
        if (state !== 'continue' && state !== 'from-start') return;
        assert.equal(now.imageId, 'img-old');
        assert.ok(now.marker === 'former' || now.marker === undefined, String(now.marker));
        assert.notEqual(now.status, 'rebuilding');
      }),
      { numRuns: 2_000 },
    );
  });
});
