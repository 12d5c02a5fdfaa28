import { CancellationScope, defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import {
  type FleetSummary,
  MemberHoldChange,
  type MemberPage,
  type MemberProgress,
  MemberQuery,
} from '../../contracts/fleet/fleet-progress.js';
import { FLEET_QUERY, MEMBER_SIGNAL } from '../../contracts/names.js';
import { parseInput } from '../runtime/parse-input.js';
import { shorten } from './child-outcome.js';
import type { Fleet } from './fleet-context.js';
import type { Member } from './members.js';
import { summarize } from './status.js';

const summaryQuery = defineQuery<FleetSummary>(FLEET_QUERY.summary);
const membersQuery = defineQuery<MemberPage, [unknown]>(FLEET_QUERY.members);

/** Answers where the fleet is, and page by page where its VMs are. */
export function answerQueries({ input, record }: Fleet): void {
  setHandler(summaryQuery, () => summarize(input, record), {
    description: 'Where the fleet is, and why it does not move',
  });
  setHandler(membersQuery, (query) => pageOf(record.members.all, parseInput(MemberQuery, query ?? {}, 'query')), {
    description: 'Its VMs, page by page: {offset, limit, states}',
  });
}

/** One page of the members that are asked for. Pure. */
export function pageOf(all: readonly Member[], { offset, limit, states }: MemberQuery): MemberPage {
  const chosen = states === undefined ? all : all.filter(({ state }) => states.includes(state));
  const page = chosen.slice(offset, offset + limit);
  const nextOffset = offset + page.length < chosen.length ? offset + page.length : null;
  return { members: page.map(progressOf), nextOffset };
}

function progressOf(member: Member): MemberProgress {
  const { instanceId, name, az, wave, state, goal, imageBefore, image, startedAt, finishedAt, ...told } = member;
  const { reason, failure, backupImageId } = told;
  const instant = (moment: number | null) => (moment === null ? null : new Date(moment).toISOString());
  return {
    instanceId,
    name: name ?? null,
    az,
    wave,
    state,
    imageBefore,
    imageId: image,
    startedAt: instant(startedAt),
    finishedAt: instant(finishedAt),
    reason,
    failure,
    backupImageId,
    goal,
  };
}

const memberSignal = defineSignal<[unknown]>(MEMBER_SIGNAL);

/** Hears from the rebuilds under way when they are held, and when no longer. What is no such news is passed over. */
export function handleMemberSignals({ input, record }: Fleet): void {
  setHandler(memberSignal, (signal) => {
    const news = MemberHoldChange.safeParse(signal);
    const member = news.success ? record.members.find(news.data.instanceId) : null;
    if (!news.success || member === null) return;
    const { held, fleetId = input.fleetId } = news.data;
    if (fleetId !== input.fleetId) return;
    if (held !== null && member.state === 'rebuilding')
      record.members.change(member.at, { state: 'held', reason: shorten(held) });
    if (held === null && member.state === 'held')
      record.members.change(member.at, { state: 'rebuilding', reason: null });
    record.noteChange();
  });
}

/** A cancellation through Temporal is an abort: what is under way is carried to its end. */
export function endOnCancellation({ record }: Fleet): void {
  CancellationScope.current().cancelRequested.catch(() => {
    const message = 'Cancelled through Temporal.';
    record.recordAct('abort', null, message);
    record.end({ type: 'FleetAborted', message, now: false, isRolledBack: false });
  });
}
