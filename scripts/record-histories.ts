import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { WorkflowHandle } from '@temporalio/client';
import { startDevServer } from '../temporal/dev-server.js';
import { findServer } from '../temporal/find-server.js';
import { inLane } from '../test/support/lane.js';
import { outcomeOf } from '../test/support/outcome.js';
import { requestFor } from '../test/support/requests.js';
import { HISTORY_SCENARIOS, type HistoryScenario } from './history-scenarios.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HISTORIES = join(ROOT, 'test', 'histories');
/** Scenarios at a time: more would only wait for each other. */
const AT_A_TIME = 4;

const log = (line: string) => console.error(`histories: ${line}`);

/** Runs a scenario on the Temporal server and a simulator, and returns its history once it has gone as it should. */
async function record(scenario: HistoryScenario): Promise<string> {
  const { name, lane = {}, request = {}, faults = [], cancelWhen, ends } = scenario;
  return await inLane(lane, async ({ cloud, worker, instanceId }) => {
    for (const fault of faults) cloud.addFault(fault);
    const handle = await worker.start(requestFor(instanceId, request));
    if (cancelWhen !== undefined) {
      await cloud.waitFor(({ vm }) => vm(instanceId).status === cancelWhen, 20_000);
      await handle.cancel();
    }
    const { outcome, failure } = await outcomeOf(handle);
    const end = outcome === 'failed' ? failure?.type : outcome;
    if (end !== ends) throw new Error(`${name} ended ${end}, not ${ends}: ${failure?.message ?? ''}`);
    return await historyOf(handle);
  });
}

/** The history as replay reads it (which JSON.stringify does not write), without what tells of this machine. */
async function historyOf(handle: WorkflowHandle): Promise<string> {
  const text = historyToJSON(await handle.fetchHistory())
    .replaceAll(`file://${ROOT}`, '')
    .replaceAll(ROOT, '')
    .replaceAll(`${process.pid}@${hostname()}`, 'recorder');
  return `${JSON.stringify(JSON.parse(text), null, 1)}\n`;
}

async function recordAll(): Promise<void> {
  const waiting = [...HISTORY_SCENARIOS];
  const texts = new Map<string, string>();
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      texts.set(next.name, await record(next));
      log(`${next.name}: ${next.ends}`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  await mkdir(HISTORIES, { recursive: true });
  const old = (await readdir(HISTORIES)).filter((file) => file.endsWith('.json'));
  for (const file of old) await rm(join(HISTORIES, file));
  for (const [name, text] of texts) await writeFile(join(HISTORIES, `${name}.json`), text);
  log(`${texts.size} written to test/histories`);
}

/** Records all histories anew on a Temporal server of its own. Old ones are replaced only once every scenario has gone well. */
async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-histories-'));
  try {
    const { path } = await findServer({ log });
    const server = await startDevServer({ path, logFile: join(directory, 'temporal.log') });
    try {
      // Where the lanes of the tests look for their server.
      process.env['REIMAGE_TEST_TEMPORAL_ADDRESS'] = server.address;
      await recordAll();
    } finally {
      await server.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

await main();
