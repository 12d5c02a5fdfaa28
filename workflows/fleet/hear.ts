import { CancellationScope, defineSignal, setHandler } from '@temporalio/workflow';
import { MemberNews } from '../../contracts/fleet/fleet-progress.js';
import { MEMBER_SIGNAL } from '../../contracts/names.js';
import type { Fleet } from './fleet.js';
import { shorten } from './member-end.js';

const memberSignal = defineSignal<[unknown]>(MEMBER_SIGNAL);

/** Hears from the rebuilds under way when they are held, and when no longer. What is no such news is passed over. */
export function hearMembers({ input, record }: Fleet): void {
  setHandler(memberSignal, (signal) => {
    const news = MemberNews.safeParse(signal);
    const member = news.success ? record.members.find(news.data.instanceId) : null;
    if (!news.success || member === null) return;
    const { held, fleetId = input.fleetId } = news.data;
    if (fleetId !== input.fleetId) return;
    if (held !== null && member.state === 'rebuilding')
      record.members.change(member.at, { state: 'held', note: shorten(held) });
    if (held === null && member.state === 'held') record.members.change(member.at, { state: 'rebuilding', note: null });
    record.noteChange();
  });
}

/** A cancellation through Temporal is an abort: what is under way is carried to its end. */
export function endOnCancellation({ record }: Fleet): void {
  CancellationScope.current().cancelRequested.catch(() => {
    const message = 'Cancelled through Temporal.';
    record.act('abort', null, message);
    record.end({ type: 'FleetAborted', message, now: false, isRolledBack: false });
  });
}
