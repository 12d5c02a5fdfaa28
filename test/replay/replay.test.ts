import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
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
    }),
  ),
});
type History = z.output<typeof History>;

async function read(name: string): Promise<History> {
  return History.parse(JSON.parse(await readFile(new URL(`${name}.json`, HISTORIES), 'utf8')));
}

async function replay(history: History): Promise<void> {
  await Worker.runReplayHistory(await testWorkflows(), history, 'recorded');
}

/** The last activity of the history under another name, as if the workflow now called something else there. */
function withAnotherActivity(history: History): History {
  const changed = structuredClone(history);
  const scheduled = changed.events.findLast((event) => event.activityTaskScheduledEventAttributes !== undefined);
  assert.ok(scheduled?.activityTaskScheduledEventAttributes !== undefined, 'the history calls an activity');
  scheduled.activityTaskScheduledEventAttributes.activityType.name = 'somethingElse';
  return changed;
}

describe('recorded histories', () => {
  it('are there, one for each scenario of scripts/record-histories.ts', () => {
    assert.deepEqual(names.toSorted(), [...HISTORY_SCENARIOS.map(({ name }) => name), ...FLEET_HISTORIES].toSorted());
    assert.ok(names.length > 0);
  });

  for (const name of names) {
    it(`${name} replays on the workflows as they are`, async () => replay(await read(name)));

    it(`${name} with another activity in it is refused: this test can fail`, async () => {
      await assert.rejects(replay(withAnotherActivity(await read(name))), DeterminismViolationError);
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
