import { setTimeout as delay } from 'node:timers/promises';
import { armCell, HOLD_MS, isHeld, leadMs } from './arm-cell.js';
import type { Happening, PairCell } from './pair-cells.js';
import type { Stage } from './pair-stage.js';
import { isInRoom, type PairVm } from './pair-vm.js';
import type { SleepingMachine } from './sleeping-machine.js';

/** What lies between a VM's room and its call under test, when nothing goes wrong. */
export interface Approach {
  /** Reads of the VM. */
  readonly reads: number;
  readonly ms: number;
}

export interface Part {
  readonly cell: PairCell;
  readonly vm: PairVm;
  readonly approach: Approach;
}

/** A worker that is silent for so long is dead (HEARTBEAT_TIMEOUT of workflows/runtime/retry-policies.ts). */
const HEARTBEAT_TIMEOUT_MS = 30_000;
/** How long a worker is frozen, or its machine asleep. */
const AWAY_MS = 3 * HEARTBEAT_TIMEOUT_MS;

const IN_ROOM_WITHIN_MS = 60_000;
const HELD_WITHIN_MS = 40_000;
/** From the first VM that is held to the strike, at most; all should be held by then. */
const GATHER_MS = HOLD_MS - 2_000;

/** Seconds from the beginning of its phase to the deadline that a cell wants to see run out; undefined for none. */
export function deadlineSeconds(cell: PairCell): number | undefined {
  if (cell.twist !== 'to-deadline') return undefined;
  // While the call is held; or once it is held for sure, and before anybody notices that the worker is silent.
  const afterLeadMs = cell.happening === 'alive' ? HOLD_MS - 1_500 : GATHER_MS + 10_000;
  return Math.ceil((leadMs(cell) + afterLeadMs) / 1000);
}

/** Has each VM come to its call under test by itself, and cancels it there where the cell says so. @returns which were there */
export async function meetAlone(stage: Stage, parts: readonly Part[]): Promise<boolean[]> {
  const meet = async (part: Part) => {
    const { vm, cell } = part;
    await toRoom(stage, part);
    await letGo(stage, part);
    const isThere = await heldWithin(part, HELD_WITHIN_MS);
    if (cell.twist === 'cancelled') await vm.handle?.cancel();
    return isThere;
  };
  return await Promise.all(parts.map(meet));
}

/**
 * Has all VMs gather at their calls under test; then the worker is gone, and another one is started.
 * @returns which VMs were there at that moment, and when it was
 */
export async function gatherAndStrike(
  stage: Stage,
  parts: readonly Part[],
  happening: Exclude<Happening, 'alive'>,
): Promise<{ readonly struck: boolean[]; readonly at: number }> {
  await Promise.all(parts.map((part) => toRoom(stage, part)));
  const needsMs = ({ cell, approach }: Part) => approach.ms + leadMs(cell);
  const longestMs = Math.max(...parts.map(needsMs));
  const gathering = parts.map(async (part) => {
    await delay(longestMs - needsMs(part));
    await letGo(stage, part);
    return await heldWithin(part, HELD_WITHIN_MS);
  });
  const someHeld = Promise.any(gathering.map(async (held) => (await held) || Promise.reject(new Error('not held'))));
  const isOver = someHeld.then(() => delay(GATHER_MS)).catch(() => undefined);
  await Promise.race([Promise.all(gathering), isOver]);
  if (happening === 'killed') await stage.worker.kill();
  else stage.worker.signal('SIGSTOP');
  const at = Date.now();
  const struck = parts.map(({ vm, cell }) => isHeld(vm, cell));
  // What has struck goes on; what has not must not strike whoever comes next.
  for (const { vm } of parts) vm.cloud.clearFaults();
  const cancelled = parts.filter(({ cell }) => cell.twist === 'cancelled');
  await Promise.all(cancelled.map(async ({ vm }) => vm.handle?.cancel()));
  await stage.startAnother();
  return { struck, at };
}

/** Wakes the worker once it has been away for three heartbeat timeouts. @param at - when it was frozen */
export async function wakeLater({ worker }: Stage, machine: SleepingMachine | null, at: number): Promise<void> {
  await delay(at + AWAY_MS - Date.now());
  await machine?.sleptFor(Date.now() - at);
  worker.signal('SIGCONT');
}

/** Has the VM come to its room. One that does not come there goes on without faults: its pair is not struck. */
async function toRoom(stage: Stage, { vm }: Part): Promise<void> {
  if (vm.call.room === null) return;
  await stage.rebuild(vm);
  await vm.cloud.waitFor(() => isInRoom(vm), IN_ROOM_WITHIN_MS).catch(() => vm.cloud.clearFaults());
}

async function letGo(stage: Stage, { vm, cell, approach }: Part): Promise<void> {
  if (isInRoom(vm)) armCell(vm, cell, approach.reads);
  if (vm.call.room === null) await stage.rebuild(vm);
  else vm.cloud.act.release(vm.instanceId);
}

async function heldWithin({ vm, cell }: Part, withinMs: number): Promise<boolean> {
  return await vm.cloud
    .waitFor(() => isHeld(vm, cell), withinMs)
    .then(
      () => true,
      () => false,
    );
}
