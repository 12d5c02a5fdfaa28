import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Decision } from '../contracts/decision.js';
import { DECIDE_UPDATE, PROGRESS_QUERY } from '../contracts/names.js';
import { RebuildProgress } from '../contracts/rebuild-progress.js';
import { startDevServer } from '../temporal/dev-server/dev-server.js';
import { findServer } from '../temporal/dev-server/find-server.js';
import type { Scope } from '../test/fixtures/defer.js';
import { eventually } from '../test/fixtures/eventually.js';
import { inLane } from '../test/fixtures/lane.js';
import { outcomeOf } from '../test/fixtures/outcome.js';
import { requestFor } from '../test/fixtures/requests.js';
import { FLEET_HISTORIES, OTHER_HISTORIES } from './fleet-histories.js';
import { FLEET_SCENARIOS } from './fleet-scenarios.js';
import { HISTORY_SCENARIOS, type HistoryScenario } from './history-scenarios.js';
import { OTHER_SCENARIOS } from './other-scenarios.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HISTORIES = join(ROOT, 'test', 'histories');
/** Scenarios at a time: more would only wait for each other. */
const AT_A_TIME = 4;

const log = (line: string) => console.error(`histories: ${line}`);

/** Runs a scenario on the Temporal server and a simulator, and returns its history once it has gone as it should. */
async function record(scenario: HistoryScenario): Promise<string> {
  const { name, lane = {}, request = {}, faults = [], cancelWhen, decisions = [], ends } = scenario;
  return await inLane(lane, async ({ cloud, worker, instanceId }) => {
    for (const fault of faults) cloud.addFault(fault);
    const handle = await worker.start(requestFor(instanceId, request));
    if (cancelWhen !== undefined) {
      await cloud.waitFor(({ vm }) => vm(instanceId).status === cancelWhen, 20_000);
      await handle.cancel();
    }
    for (const decision of decisions) await decide(handle, decision);
    const { outcome, failure } = await outcomeOf(handle);
    const end = outcome === 'failed' ? failure?.type : outcome;
    if (end !== ends) throw new Error(`${name} ended ${end}, not ${ends}: ${failure?.message ?? ''}`);
    return await historyOf(handle);
  });
}

/** Decides on the rebuild, once it is held. */
async function decide(handle: WorkflowHandle, decision: Decision['decision']): Promise<void> {
  await eventually('it is held', async () => {
    const { held } = RebuildProgress.parse(await handle.query(PROGRESS_QUERY));
    return held !== null && held !== undefined;
  });
  await handle.executeUpdate(DECIDE_UPDATE, { args: [{ decision, reason: 'for the record', by: 'recorder' }] });
}

/** The history as replay reads it (which JSON.stringify does not write), without what tells of this machine. */
async function historyOf(handle: WorkflowHandle): Promise<string> {
  const text = withoutMachine(historyToJSON(await handle.fetchHistory())).replaceAll(
    /"data": ?"([A-Za-z0-9+/=]*)"/g,
    (_all, data: string) => `"data":"${inPayload(data, withoutMachine)}"`,
  );
  return `${JSON.stringify(JSON.parse(text), null, 1)}\n`;
}

function withoutMachine(text: string): string {
  return text
    .replaceAll(`file://${ROOT}`, '')
    .replaceAll(ROOT, '')
    .replaceAll(`${process.pid}@${hostname()}`, 'recorder');
}

/** The base64 of a payload's data, changed as a text. */
function inPayload(data: string, change: (text: string) => string): string {
  return Buffer.from(change(Buffer.from(data, 'base64').toString('utf8')), 'utf8').toString('base64');
}

/** A scenario by its name, and how its history is made. */
interface Recording {
  readonly name: string;
  readonly record: () => Promise<string>;
}

const RECORDINGS: readonly Recording[] = [
  ...HISTORY_SCENARIOS.map((scenario) => ({ name: scenario.name, record: () => record(scenario) })),
  ...FLEET_HISTORIES.map((name) => ({ name, record: () => recordRun(FLEET_SCENARIOS[name]) })),
  ...OTHER_HISTORIES.map((name) => ({ name, record: () => recordRun(OTHER_SCENARIOS[name]) })),
];

async function recordRun(play: (scope: Scope) => Promise<WorkflowHandle>): Promise<string> {
  let cleanUp: () => Promise<void> = async () => undefined;
  const scope: Scope = { after: (all) => void (cleanUp = all) };
  try {
    return await historyOf(await play(scope));
  } finally {
    await cleanUp();
  }
}

/** Scenarios without a history, or all of them. Old histories are worth more than new ones: they stand for rebuilds that are under way. */
async function scenariosToRecord(all: boolean): Promise<Recording[]> {
  const recorded = all ? [] : await readdir(HISTORIES);
  return RECORDINGS.filter(({ name }) => !recorded.includes(`${name}.json`));
}

async function recordAll(all: boolean): Promise<void> {
  const waiting = await scenariosToRecord(all);
  const texts = new Map<string, string>();
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      texts.set(next.name, await next.record());
      log(next.name);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  await mkdir(HISTORIES, { recursive: true });
  const known = RECORDINGS.map(({ name }) => `${name}.json`);
  const old = (await readdir(HISTORIES)).filter((file) => file.endsWith('.json') && !known.includes(file));
  for (const file of old) await rm(join(HISTORIES, file));
  for (const [name, text] of texts) await writeFile(join(HISTORIES, `${name}.json`), text);
  log(`${texts.size} written to test/histories`);
}

/**
 * Records the histories that are missing, or with `--all` every one anew, on a Temporal server of its own. None is
 * written before every scenario has gone well.
 */
async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-histories-'));
  try {
    const { path } = await findServer({ log });
    const server = await startDevServer({ path, logFile: join(directory, 'temporal.log') });
    try {
      // Where the lanes of the tests look for their server.
      process.env['REIMAGE_TEST_TEMPORAL_ADDRESS'] = server.address;
      await recordAll(process.argv.includes('--all'));
    } finally {
      await server.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(error);
  // The lanes of other scenarios are still under way, on a server that is gone.
  process.exit(1);
}
