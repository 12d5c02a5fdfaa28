import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ReimageClient } from '../../client/index.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import { eventually } from '../fixtures/eventually.js';
import { type Member, MEMBERS } from './fleet.js';

/** How one rebuild ended. */
export interface Ended {
  readonly member: Member;
  readonly result: RebuildResult;
}

export interface FleetOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cloud: Simulator;
  /** Called once, when a fifth of the VMs are done and others are in all phases. */
  readonly inTheMiddle: (done: number) => Promise<void>;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The next rebuild begins so long after the one before: a fleet is in all phases at a time. */
const APART_MS = 400;
const REPORT_EVERY_MS = 5_000;
const MIDDLE_WITHIN_MS = 120_000;
/** More than any outage that a dead node may cause, and every repeat after it. */
const ALL_WITHIN_MS = 10 * 60_000;

/**
 * Starts all rebuilds by the library, as a scheduler would, and waits for all of them.
 * @throws Error when they are not ended in ten minutes; whatever the library throws
 */
export async function rebuildFleet({ env, cloud, inTheMiddle, log, signal }: FleetOptions): Promise<Ended[]> {
  await using client = await ReimageClient.connect({ env });
  const ended: Ended[] = [];
  const erased = () => cloud.journal.effective('rebuildInstance');
  const within = AbortSignal.any([signal, AbortSignal.timeout(ALL_WITHIN_MS)]);
  setMaxListeners(0, within);
  const report = setInterval(
    () => log(`${erased()} erased, ${ended.length} of ${MEMBERS.length} done`),
    REPORT_EVERY_MS,
  );
  const one = async (member: Member, index: number) => {
    await delay(index * APART_MS, undefined, { signal: within });
    const operation = await client.start(member.request);
    ended.push({ member, result: await client.wait(operation, { signal: within }) });
  };
  const disturb = async () => {
    const isMiddle = () => within.aborted || ended.length >= MEMBERS.length / 5;
    await eventually('a fifth of the VMs are done', isMiddle, MIDDLE_WITHIN_MS);
    within.throwIfAborted();
    await inTheMiddle(ended.length);
  };
  try {
    await Promise.all([disturb(), ...MEMBERS.map(one)]);
    return ended;
  } finally {
    clearInterval(report);
  }
}
