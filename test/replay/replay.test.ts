import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import * as z from 'zod';
import { FLEET_HISTORIES } from '../../scripts/fleet-histories.js';
import { HISTORY_SCENARIOS } from '../../scripts/history-scenarios.js';
import { testWorkflows } from '../support/workflow-bundle.js';

const HISTORIES = new URL('../histories/', import.meta.url);
const names = (await readdir(HISTORIES)).filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -5));

// A refused history is what half of the tests are for: no warnings of it.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});

const Named = z.looseObject({ name: z.string() });
const History = z.looseObject({
  events: z.array(
    z.looseObject({
      eventId: z.string(),
      eventType: z.string(),
      activityTaskScheduledEventAttributes: z.looseObject({ activityType: Named }).optional(),
      workflowExecutionStartedEventAttributes: z.looseObject({ workflowId: z.string() }).optional(),
    }),
  ),
});
type History = z.output<typeof History>;

async function read(name: string): Promise<History> {
  return History.parse(JSON.parse(await readFile(new URL(`${name}.json`, HISTORIES), 'utf8')));
}

/**
 * Replays all of them by one worker, and each also with another activity in it.
 * @returns by the id of each, its name or its name and `changed`, why it was refused; undefined when it replays
 */
async function replayAll(): Promise<ReadonlyMap<string, Error | undefined>> {
  const recorded = new Map<string, { readonly workflowId: string; readonly history: History }>();
  for (const name of names) {
    const history = await read(name);
    recorded.set(name, { workflowId: workflowIdOf(history) ?? name, history });
  }
  const all = [...recorded];
  const broken = all.map(
    ([name, { workflowId, history }]) =>
      [changed(name), { workflowId, history: withAnotherActivity(history) }] as const,
  );
  return new Map([...(await replay(all)), ...(await replay(broken))]);
}

/** Each under the workflow id that it was recorded under: some workflows hold it against their input. */
async function replay(
  histories: readonly (readonly [name: string, { readonly workflowId: string; readonly history: History }])[],
): Promise<Map<string, Error | undefined>> {
  const nameOf = new Map(histories.map(([name, { workflowId }]) => [workflowId, name]));
  assert.equal(nameOf.size, histories.length, 'two histories have one workflow id');
  const refusals = new Map<string, Error | undefined>();
  const replays = Worker.runReplayHistories(
    await testWorkflows(),
    histories.map(([, history]) => history),
  );
  for await (const { workflowId, error } of replays) refusals.set(nameOf.get(workflowId) ?? workflowId, error);
  return refusals;
}

function workflowIdOf({ events: [started] }: History): string | undefined {
  return started?.workflowExecutionStartedEventAttributes?.workflowId;
}

function changed(name: string): string {
  return `${name} changed`;
}

/** The last activity of the history under another name, as if the workflow now called something else there. */
function withAnotherActivity(history: History): History {
  const other = structuredClone(history);
  const scheduled = other.events.findLast((event) => event.activityTaskScheduledEventAttributes !== undefined);
  assert.ok(scheduled?.activityTaskScheduledEventAttributes !== undefined, 'the history calls an activity');
  scheduled.activityTaskScheduledEventAttributes.activityType.name = 'somethingElse';
  return other;
}

describe('recorded histories', () => {
  let refusals: ReadonlyMap<string, Error | undefined> = new Map();
  before(async () => {
    refusals = await replayAll();
  });

  it('are there, one for each scenario of scripts/record-histories.ts', () => {
    assert.deepEqual(names.toSorted(), [...HISTORY_SCENARIOS.map(({ name }) => name), ...FLEET_HISTORIES].toSorted());
    assert.ok(names.length > 0);
  });

  for (const name of names) {
    it(`${name} replays on the workflows as they are`, () => {
      assert.ok(refusals.has(name));
      assert.equal(refusals.get(name), undefined);
    });

    it(`${name} with another activity in it is refused: this test can fail`, () => {
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
