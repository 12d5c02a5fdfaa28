import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import { OTHER_IMAGE_ID, region, vm } from '../../simulator/model/builders.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { startDevServer } from '../../temporal/dev-server/dev-server.js';
import { startCli } from '../client/cli/spawn-cli.js';
import { defer } from '../fixtures/defer.js';
import { leaveOut } from '../fixtures/leave-out.js';
import { testTemporalCli } from '../fixtures/temporal-env.js';
import { startWorkerProcess } from '../process/worker-process.js';
import { findChromium, openBrowser } from './open-browser.js';

const PAGE_WITHIN_MS = 60_000;
const TASK_QUEUE = 'links';
const [ALONE, MEMBER] = ['i-alone00000', 'i-member0000'];
const FLEET = {
  name: 'web',
  regionId: 'cn-north-1',
  select: { instanceIds: [MEMBER] },
  image: { id: OTHER_IMAGE_ID },
  rebuild: { keyNames: ['ops'] },
  rollout: { bakeSeconds: 0 },
};

/** A server with its UI, a worker and a cloud; gives a command that talks to them. */
async function startAll(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-links-'));
  defer(t, () => rm(directory, { recursive: true, force: true }));
  const logFile = join(directory, 'temporal.log');
  const server = await startDevServer({ path: await testTemporalCli(), logFile, uiPort: 0 });
  defer(t, () => server.stop());
  const cloud = await startSimulator({ state: region({ vms: [ALONE, MEMBER].map((id) => vm(id)) }), compress: 100 });
  defer(t, () => cloud.close());
  await startWorkerProcess(t, { cloud, address: server.address, taskQueue: TASK_QUEUE });
  const ui = server.uiUrl ?? '';
  const env = {
    TEMPORAL_ADDRESS: server.address,
    REIMAGE_TASK_QUEUE: TASK_QUEUE,
    REIMAGE_TEMPORAL_UI: ui,
    JDCLOUD_REGION: 'cn-north-1',
    USER: 'tester',
  };
  const fleetFile = join(directory, 'web.json');
  await writeFile(fleetFile, JSON.stringify(FLEET));
  return { ui, fleetFile, reimage: (...argv: string[]) => startCli(argv, env).ended };
}

/** Every command that prints a link, and the operation that it is about. */
function commandsOf(fleetFile: string): { argv: string[]; name: string }[] {
  const json = ['--output', 'json'];
  const ofRebuild = [
    ['rebuild', ALONE, '--image', OTHER_IMAGE_ID, '--key', 'ops', '--yes'],
    ['status', ALONE],
    ['status', ALONE, ...json],
    ['watch', ALONE],
    ['list', ...json],
  ];
  const ofFleet = [
    ['start', fleetFile, '--yes'],
    ['status', 'web'],
    ['status', 'web', ...json],
    ['watch', 'web'],
    ['list', ...json],
  ];
  return [
    ...ofRebuild.map((argv) => ({ argv, name: `rebuild:cn-north-1:${ALONE}` })),
    ...ofFleet.map((argv) => ({ argv: ['fleet', ...argv], name: 'reimage:cn-north-1:web' })),
  ];
}

/** What is seen at a link: the name, as soon as the page shows it, or all of the page when it does not. */
async function seenAt(browser: Browser, link: string, name: string): Promise<string> {
  const page = await browser.newPage();
  try {
    await page.goto(link);
    const shown = page.getByText(name).first();
    const isShown = await shown.waitFor({ timeout: PAGE_WITHIN_MS }).then(
      () => true,
      () => false,
    );
    return isShown ? name : await page.innerText('body');
  } finally {
    await page.close();
  }
}

describe('the links to the UI of Temporal that Reimage prints', () => {
  it('lead to the operation, in the UI of the server that we install', async (t) => {
    const path = await findChromium().catch((error: Error) => leaveOut(t, error.message));
    if (path === undefined) return;
    const { ui, fleetFile, reimage } = await startAll(t);
    const browser = await openBrowser(t, path);
    const names = new Map<string, string>();
    for (const { argv, name } of commandsOf(fleetFile)) {
      const { exitCode, stdout, stderr } = await reimage(...argv);
      assert.equal(exitCode, 0, `${argv.join(' ')}: ${stderr}`);
      const links = `${stdout}\n${stderr}`.split(/[\s"]+/).filter((word) => word.startsWith(ui));
      assert.notDeepEqual(links, [], `${argv.join(' ')} prints no link`);
      links.forEach((link) => names.set(link, name));
    }

    for (const [link, name] of names) assert.equal(await seenAt(browser, link, name), name, link);
  });
});
