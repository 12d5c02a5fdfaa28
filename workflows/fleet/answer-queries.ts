import { defineQuery, setHandler } from '@temporalio/workflow';
import {
  type FleetSummary,
  type MemberPage,
  type MemberProgress,
  MemberQuery,
} from '../../contracts/fleet/fleet-progress.js';
import { FLEET_QUERY } from '../../contracts/names.js';
import { parseInput } from '../parse-request.js';
import type { Fleet } from './fleet.js';
import type { Member } from './members.js';
import { summarize } from './summarize.js';

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
  const { note, failure, backupImageId } = told;
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
    note,
    failure,
    backupImageId,
    goal,
  };
}
