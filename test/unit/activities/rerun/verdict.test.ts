import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeRerun, mayStillShow } from '../../../../activities/decisions/judge-rerun.js';
import type { RebuildPlan } from '../../../../contracts/rebuild-plan.js';
import { FOUND, left, other, OWN, PLAN, run } from './left-behind.js';

describe('the verdict on a run that was reset', () => {
  it('tells how the VM was found: by a run without issues, or else by any, the newest of them', () => {
    const issues = [{ code: 'frozen', field: null, message: '' }] as const;
    const plans = (...before: readonly (RebuildPlan | null)[]) =>
      judgeRerun(left({}, { before: before.map((plan) => run({ plan })) }), FOUND, OWN).plan;
    const refused: RebuildPlan = { ...PLAN, instanceName: 'refused', issues: [...issues] };
    const older: RebuildPlan = { ...PLAN, instanceName: 'older' };

    assert.equal(plans(null, refused, PLAN, older), PLAN);
    assert.equal(plans(null, refused), refused);
    assert.equal(plans(null, null), null);
  });

  it('tells what any run has done: its call, the newest backup that was ordered', () => {
    const ordered = (name: string) => ({ name, description: '', withDataDisks: false });
    const before = [run(), run({ mayHaveSent: true, backup: ordered('newer') }), run({ backup: ordered('older') })];
    const { mayHaveSent, backup, isCutShort } = judgeRerun(left({}, { before }), FOUND, OWN);
    assert.deepEqual([mayHaveSent, backup?.name, isCutShort], [true, 'newer', false]);

    const nothing = judgeRerun(left({}, { before: [] }), FOUND, OWN);
    assert.deepEqual([nothing.mayHaveSent, nothing.backup, nothing.isCutShort], [false, null, false]);
  });

  it('names who is to be brought to rest, and what was to be put on', () => {
    const cut = { isCutShort: true, phase: 'stopping' } as const;
    const own = judgeRerun(left(cut), FOUND, OWN).abandoned;
    const taken = judgeRerun(left(cut, { displaced: [other({ ...cut, requestedBy: 'ann' })] }), FOUND, OWN).abandoned;
    const unplanned = judgeRerun(left({}, { displaced: [other({ ...cut, plan: null })] }), FOUND, OWN).abandoned;
    const { imageAfter: _, ...rest } = PLAN;
    const imageless = judgeRerun(left({ ...cut, plan: { ...rest, imageAfter: null } }), FOUND, OWN).abandoned;

    assert.deepEqual([own?.runId, own?.imageId, own?.isOwn, own?.phase], ['r1', 'img-new', true, 'stopping']);
    assert.deepEqual([taken?.runId, taken?.requestedBy, taken?.isOwn], ['r2', 'ann', false]);
    assert.deepEqual([unplanned?.imageId, unplanned?.power], [null, null]);
    assert.deepEqual([imageless?.runId, imageless?.imageId], ['r1', null]);
  });

  for (const phase of ['done', 'failed', 'cancelled'] as const)
    it(`leaves a VM alone whose run was ${phase} when the server ended it`, () => {
      const behind = left({ isCutShort: true, phase, mayHaveSent: true });
      assert.equal(judgeRerun(behind, FOUND, OWN).abandoned, null);
    });

  it('takes a run for one in mid-work that was validating once more after its call', () => {
    const behind = left({ isCutShort: true, phase: 'validating', mayHaveSent: true });
    assert.equal(judgeRerun(behind, FOUND, OWN).abandoned?.phase, 'validating');
  });

  for (const [what, behind, states] of [
    ['cut short in mid-work', left({ isCutShort: true, phase: 'rebuilding' }), ['from-start', 'continue']],
    [
      'cut short, of another operation',
      left({}, { displaced: [other({ phase: 'stopping' })] }),
      ['from-start', 'continue'],
    ],
    ['cut short before it touched anything', left({ isCutShort: true, phase: 'validating' }), []],
    ['that ended by itself', left({ phase: 'failed', mayHaveSent: true }), []],
  ] as const)
    it(`may be another a settle time later, after a run ${what}: ${states.join(' or ') || 'never'}`, () => {
      const all = ['from-start', 'continue', 'rebuilt', 'refused'] as const;
      assert.deepEqual(
        all.filter((state) => mayStillShow(behind, { state })),
        states,
      );
    });
});
