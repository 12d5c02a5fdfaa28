import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Firing, ReimageClient, ScheduleAct } from '../../../client/index.js';
import { clientLane, failsAs } from '../fleet/client-lane.js';
import { overtaken } from './between-calls.js';
import { scheduleFor, untilScheduleIs } from './schedule-lane.js';

const ANA = { by: 'ana', reason: 'storage works' };
const BOB = { by: 'bob', reason: 'ticket 4711' };

type Act = 'pause' | 'resume' | 'trigger' | 'delete';
type Other = Act | 'fail';

/** What one act and what comes between its look and its change make of a schedule. */
interface Pair {
  readonly act: Act;
  readonly other: Other;
  /** Type of the failure that the act ends with; absent: it is done. */
  readonly fails?: string;
  /** Absent: the schedule is gone. */
  readonly after?: {
    readonly paused: boolean;
    readonly note: RegExp;
    readonly fired: number;
    readonly triggeredBy?: readonly string[];
  };
}

const FAILED = /paused due to workflow failure/;
const ANAS = 'ana: storage works';
const BOBS = 'bob: ticket 4711';

const PAIRS: readonly Pair[] = [
  { act: 'pause', other: 'pause', after: { paused: true, note: /^paused by ana: .*paused by bob: ticket/, fired: 0 } },
  { act: 'pause', other: 'resume', after: { paused: true, note: /^paused by ana/, fired: 0 } },
  { act: 'pause', other: 'trigger', after: { paused: true, note: /^paused by ana/, fired: 1, triggeredBy: [BOBS] } },
  { act: 'pause', other: 'fail', after: { paused: true, note: /^paused by ana: .*workflow failure/, fired: 1 } },
  { act: 'pause', other: 'delete', fails: 'ScheduleNotFound' },
  {
    act: 'resume',
    other: 'pause',
    fails: 'ScheduleChanged',
    after: { paused: true, note: /^paused by bob/, fired: 0 },
  },
  { act: 'resume', other: 'resume', after: { paused: false, note: /^resumed by bob/, fired: 0 } },
  { act: 'resume', other: 'trigger', after: { paused: false, note: /^resumed by ana/, fired: 1, triggeredBy: [BOBS] } },
  { act: 'resume', other: 'fail', fails: 'ScheduleChanged', after: { paused: true, note: FAILED, fired: 1 } },
  { act: 'resume', other: 'delete', fails: 'ScheduleNotFound' },
  { act: 'trigger', other: 'pause', after: { paused: true, note: /^paused by bob/, fired: 1, triggeredBy: [ANAS] } },
  { act: 'trigger', other: 'resume', after: { paused: false, note: /^created/, fired: 1, triggeredBy: [ANAS] } },
  {
    act: 'trigger',
    other: 'trigger',
    after: { paused: false, note: /^created/, fired: 1, triggeredBy: [BOBS, ANAS] },
  },
  { act: 'trigger', other: 'fail', after: { paused: true, note: FAILED, fired: 2 } },
  { act: 'trigger', other: 'delete', fails: 'ScheduleNotFound' },
  { act: 'delete', other: 'pause' },
  { act: 'delete', other: 'resume' },
  { act: 'delete', other: 'trigger' },
  { act: 'delete', other: 'fail' },
  { act: 'delete', other: 'delete', fails: 'ScheduleNotFound' },
];

describe('two acts on a schedule at the same time', { concurrency: 3 }, () => {
  for (const { act, other, fails, after } of PAIRS) {
    it(`${act}, with ${other} between its look and its change: neither is lost, none undoes the other unsaid`, async (t) => {
      const { reimage, id } = await stageFor(t, other);
      const { schedules } = reimage;
      if (act === 'resume') await schedules.pause(id, { by: 'eve', reason: 'before' });
      const ana = await overtaken(t, reimage, () => ACTS[other](reimage, id, BOB));

      const doing = ACTS[act](ana, id, ANA);

      await (fails === undefined ? doing : assert.rejects(doing, failsAs(fails, /./)));
      if (after === undefined) return await assert.rejects(schedules.describe(id), failsAs('ScheduleNotFound', /./));
      const { paused, note } = await untilScheduleIs(
        reimage,
        id,
        `${after.fired} firings, and by whom`,
        ({ fired, firings: [last] }) => fired === after.fired && tells(last, after.triggeredBy ?? []),
      );
      assert.equal(paused, after.paused);
      assert.match(note ?? '', after.note);
    });
  }
});

const ACTS: Readonly<Record<Other, (reimage: ReimageClient, id: string, who: ScheduleAct) => Promise<unknown>>> = {
  pause: ({ schedules }, id, who) => schedules.pause(id, who),
  resume: ({ schedules }, id, who) => schedules.resume(id, who),
  trigger: ({ schedules }, id, who) => schedules.trigger(id, who),
  delete: ({ schedules }, id) => schedules.delete(id),
  fail: async (reimage, id, who) => {
    await reimage.schedules.resume(id, who);
    await reimage.schedules.trigger(id, who);
    await untilScheduleIs(
      reimage,
      id,
      'the pause for the failure',
      ({ paused, running }) => paused && running.length === 0,
    );
  },
};

/** A schedule whose firings fail at once, or wait at a gate. */
async function stageFor(
  t: TestContext,
  other: Other,
): Promise<{ readonly reimage: ReimageClient; readonly id: string }> {
  const lane = await clientLane(t, { size: 2, isProtected: other === 'fail' ? [0, 1] : [] });
  const spec = lane.spec({ canary: 1, approval: { afterCanary: 'always' } });
  const { scheduleId: id } = await lane.reimage.schedules.create(scheduleFor(t, lane.reimage, spec));
  return { reimage: lane.reimage, id };
}

function tells(firing: Firing | undefined, who: readonly string[]): boolean {
  return who.every((each) => firing?.triggeredBy?.includes(each) === true);
}
