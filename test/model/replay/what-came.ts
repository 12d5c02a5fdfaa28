import type { RebuildResult } from '../../../contracts/rebuild-result.js';
import { eventually } from '../../fixtures/eventually.js';
import { outcomeOf } from '../../fixtures/outcome.js';
import type { HeldCall } from './gate.js';
import type { Stage } from './stage.js';

/** What came of a story. */
export interface WhatCame {
  readonly isSo: boolean;
  readonly told: string;
}

/** Longer than a run takes to its end from wherever a story leaves it: it may settle once more. */
const END_WITHIN_MS = 60_000;

/** Holds what the model says of a story against what the cloud and the result say. @throws Error for what cannot be held against them */
export async function seenOnRealParts(stage: Stage, wrong: string, onTheWay: readonly HeldCall[]): Promise<WhatCame> {
  const { cloud, instanceId } = stage;
  const erased = cloud.journal.effective('rebuildInstance', instanceId);
  if (wrong.endsWith('has erased the disk twice'))
    return { isSo: erased === 2, told: `rebuildInstance performed ${erased} times` };
  if (/erases the disk while .* is at it$/.test(wrong)) {
    const open = await openRuns(stage);
    return { isSo: erased === 1 && open === 2, told: `erased ${erased} times, ${open} runs open` };
  }
  const result = await endOf(stage);
  const { status } = cloud.vm(instanceId);
  const ended = `${result.failure?.type ?? result.outcome}, the VM ${status}, ${onTheWay.length} calls on their way`;
  if (/^the lock is let go while a call is on its way$/.test(wrong))
    return { isSo: onTheWay.length > 0, told: await afterTheEnd(ended, onTheWay) };
  const [, type] = /^it fails as (\w+), and nobody else was at it$/.exec(wrong) ?? [];
  if (type !== undefined) return { isSo: result.failure?.type === type, told: ended };
  const [, told, is] = /^the result tells (\w+) of a VM that is (\w+)$/.exec(wrong) ?? [];
  if (told !== undefined) return { isSo: result.power.after === told && status === is, told: ended };
  throw new Error(`nothing here can be held against '${wrong}'`);
}

/** What a call that has outlived its run still does. */
async function afterTheEnd(ended: string, onTheWay: readonly HeldCall[]): Promise<string> {
  const answers = await Promise.all(onTheWay.map(async (call) => `${call.kind} then answered ${await call.perform()}`));
  return [ended, ...answers].join(', ');
}

async function openRuns({ runs }: Stage): Promise<number> {
  const all = await Promise.all(runs.map(async (run) => (await run.describe()).status.name));
  return all.filter((name) => name === 'RUNNING').length;
}

async function endOf({ runs }: Stage): Promise<RebuildResult> {
  const [run] = runs.slice(-1);
  if (run === undefined) throw new Error('there is no run');
  const isOver = async () => (await run.describe()).status.name !== 'RUNNING';
  await eventually('its run ends', isOver, END_WITHIN_MS);
  return await outcomeOf(run);
}
