import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import * as z from 'zod';
import { WORKFLOW } from '../../contracts/names.js';
import { FLEET_HISTORIES, OTHER_HISTORIES } from '../../scripts/fleet-histories.js';
import { HISTORY_SCENARIOS } from '../../scripts/history-scenarios.js';
import '../fixtures/quiet-runtime.js';
import { registeredActivities, registeredWorkflows } from '../fixtures/registered.js';
import { testWorkflows } from '../fixtures/workflow-bundle.js';

const HISTORIES = new URL('../histories/', import.meta.url);
const names = (await readdir(HISTORIES)).filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -5));

const Named = z.looseObject({ name: z.string() });
const History = z.looseObject({
  events: z.array(
    z.looseObject({
      eventId: z.string(),
      eventType: z.string(),
      activityTaskScheduledEventAttributes: z.looseObject({ activityType: Named }).optional(),
      workflowExecutionStartedEventAttributes: z
        .looseObject({ workflowId: z.string(), workflowType: Named })
        .optional(),
    }),
  ),
});
type History = z.output<typeof History>;

async function read(name: string): Promise<History> {
  return History.parse(JSON.parse(await readFile(new URL(`${name}.json`, HISTORIES), 'utf8')));
}

/**
 * Replays all of them by one worker, and each also with something else in it.
 * @returns by the name of each, or its name and `changed`, why it was refused; undefined when it replays
 */
async function replayAll(): Promise<ReadonlyMap<string, Error | undefined>> {
  const all = await Promise.all(names.map(async (name) => [name, await read(name)] as const));
  const broken = all.map(([name, history]) => [changed(name), withSomethingElse(history)] as const);
  return new Map([...(await replay(all)), ...(await replay(broken))]);
}

/** Each under the workflow id that it was recorded under: some workflows hold it against their input. */
async function replay(
  histories: readonly (readonly [name: string, history: History])[],
): Promise<Map<string, Error | undefined>> {
  const refusals = new Map<string, Error | undefined>();
  const replays = Worker.runReplayHistories(
    await testWorkflows(),
    histories.map(([, history]) => ({ workflowId: startOf(history).workflowId, history })),
  );
  // They are replayed one after the other.
  for await (const { error } of replays) refusals.set(histories[refusals.size]?.[0] ?? 'one too many', error);
  return refusals;
}

function startOf({ events: [started] }: History) {
  const start = started?.workflowExecutionStartedEventAttributes;
  assert.ok(start !== undefined, 'the history begins with its start');
  return start;
}

function changed(name: string): string {
  return `${name} changed`;
}

/**
 * The last activity of the history under another name, as if the workflow now called something else there; where there
 * is none, it is the history of a workflow that calls one.
 */
function withSomethingElse(history: History): History {
  const other = structuredClone(history);
  const scheduled = other.events.findLast((event) => event.activityTaskScheduledEventAttributes !== undefined);
  const activity = scheduled?.activityTaskScheduledEventAttributes?.activityType;
  if (activity === undefined) startOf(other).workflowType.name = WORKFLOW.reportWorker;
  else activity.name = 'somethingElse';
  return other;
}

describe('recorded histories', () => {
  let refusals: ReadonlyMap<string, Error | undefined> = new Map();
  before(async () => {
    refusals = await replayAll();
  });

  it('are there, one for each scenario of scripts/record-histories.ts', () => {
    assert.deepEqual(
      names.toSorted(),
      [...HISTORY_SCENARIOS.map(({ name }) => name), ...FLEET_HISTORIES, ...OTHER_HISTORIES].toSorted(),
    );
    assert.ok(names.length > 0);
  });

  it('are there for each workflow that is registered', async () => {
    const recorded = new Set((await Promise.all(names.map(read))).map((history) => startOf(history).workflowType.name));

    assert.deepEqual([...recorded].toSorted(), await registeredWorkflows());
  });

  it('are there for each activity that is registered', async () => {
    const histories = await Promise.all(names.map(read));
    const called = histories.flatMap(({ events }) =>
      events.flatMap(({ activityTaskScheduledEventAttributes: activity }) => activity?.activityType.name ?? []),
    );

    assert.deepEqual([...new Set(called)].toSorted(), registeredActivities());
  });

  for (const name of names) {
    it(`${name} replays on the workflows as they are`, () => {
      assert.ok(refusals.has(name));
      assert.equal(refusals.get(name), undefined);
    });

    it(`${name} with something else in it is refused: this test can fail`, () => {
      assert.ok(refusals.get(changed(name)) instanceof DeterminismViolationError);
    });

    it(`${name} tells nothing of the machine that recorded it`, async () => {
      const text = JSON.stringify(await read(name));
      const decoded = text.replaceAll(/"data":"([A-Za-z0-9+/=]*)"/g, (_all, data: string) =>
        Buffer.from(data, 'base64').toString('utf8'),
      );
      assert.match(decoded, /"identity":"recorder"/);
      assert.doesNotMatch(
        decoded,
        /"identity":"(?!recorder"|history-service")|file:\/\/|[ (](\/(?!script)\w+)+\/\w+\.ts/,
      );
    });
  }
});
