import assert from 'node:assert/strict';
import type { Io } from '../../client/cli/io/deps.js';
import { ReimageClient } from '../../client/index.js';
import { startFleetCloud } from '../../scripts/demo/fleet-cloud.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { ownNamespace } from '../fixtures/own-namespace.js';
import { startTestWorker } from '../fixtures/worker.js';
import { runFake } from '../unit/client/cli/fake-deps.js';
import { alike, argvOf } from './shell.js';

const REGION = 'cn-north-1';
/** Where the pages say that the machines serve. */
const WEB = 'http://127.0.0.1:8642';
/** What the page says of a command that follows a fleet until a person is needed. */
const UNTIL_NEEDED = /# until it waits for you/;
/** The command that starts what the walker itself stands for. */
const START_OF_DEMO = /^npm run demo:fleet -- --keep --vms 9$/;
/** Exit code of a view that was ended. */
const INTERRUPTED = 130;

/** What one command of a page has printed. */
export interface Walked {
  readonly line: string;
  readonly printed: string;
}

/** The world that the pages are rehearsed in, and a person who follows them. */
export interface Walker {
  readonly cloud: Simulator;
  /** Writes the files and runs the commands of a page in their order. @throws AssertionError for an exit code other than the page says, 0 unless said */
  readonly walk: (page: string) => Promise<Walked[]>;
}

export async function startWalker(scope: Scope): Promise<Walker> {
  const { cloud, targets } = await startFleetCloud({ size: 9, compress: 100 });
  defer(scope, () => cloud.close());
  defer(scope, () => targets.close());
  const temporal = await ownNamespace(scope);
  const { taskQueue } = await startTestWorker(scope, { cloud, temporal });
  const served = new URL(targets.healthUrl).origin;
  const connect = () => ReimageClient.connect({ client: temporal.client, taskQueue });
  return { cloud, walk: (page) => walk(page.replaceAll(WEB, served), { connect, files: new Map() }) };
}

interface Desk {
  readonly connect: () => Promise<ReimageClient>;
  /** What the person has written and saved, by its name. */
  readonly files: Map<string, string>;
}

async function walk(page: string, desk: Desk): Promise<Walked[]> {
  const walked: Walked[] = [];
  let block: Walked[] = [];
  for (const [, before = '', language, code = ''] of page.matchAll(/([^\n]*)\n\n```(\w+)\n([^]*?)^```$/gm)) {
    const file = /`([\w-]+\.yaml)`:$/.exec(before)?.[1];
    if (language === 'yaml') desk.files.set(file ?? '', code);
    if (language === 'text') assertShown(code, block);
    if (language !== 'sh') continue;
    block = [];
    for (const line of code.trimEnd().split('\n')) {
      if (START_OF_DEMO.test(line)) continue;
      block.push({ line, printed: await type(line, desk) });
      const decided = /^reimage decide (\S+)/.exec(line)?.[1];
      if (decided !== undefined) await untilFleetKnows(desk, decided);
    }
    walked.push(...block);
  }
  return walked;
}

/** Each line that a page shows was printed by the commands above it, in that order; ` ...` at its end stands for the rest of a line. */
function assertShown(shown: string, block: readonly Walked[]): void {
  const printed = block.flatMap((each) => each.printed.split('\n')).map(alike);
  let from = 0;
  for (const line of shown.trimEnd().split('\n')) {
    const begin = line.endsWith(' ...') ? alike(line.slice(0, -4)) : null;
    const at = printed.findIndex(
      (each, index) => index >= from && (begin === null ? each === alike(line) : each.startsWith(begin)),
    );
    assert.ok(at >= 0, `not printed: ${line}\n${printed.join('\n')}`);
    from = at + 1;
  }
}

/** A fleet hears of a decision a moment after that has ended the rebuild: a view in between still shows the VM as held. */
async function untilFleetKnows({ connect }: Desk, instanceId: string): Promise<void> {
  const { fleets } = await connect();
  await eventually(`the fleet of ${instanceId} knows`, async () => {
    const running = await fleets.list({ regionId: REGION, running: true });
    const held = await Promise.all(running.map((fleet) => fleets.members(fleet, { states: ['held'] })));
    return held.flat().every((member) => member.instanceId !== instanceId);
  });
}

async function type(line: string, desk: Desk): Promise<string> {
  const [command = ''] = line.split(' #');
  const curl = /^curl -X (PUT|DELETE) (\S+)$/.exec(command);
  if (curl !== null) return String((await fetch(curl[2] ?? '', { method: curl[1] ?? '' })).status);
  const argv = argvOf(command);
  assert.ok(argv !== null, `no command of ours: ${line}`);
  const isUntilNeeded = UNTIL_NEEDED.test(line);
  const said: string[] = [];
  const ran = await runFake(argv, {
    connect: desk.connect,
    env: { USER: 'alice', JDCLOUD_REGION: REGION },
    io: {
      now: () => new Date(),
      readFile: async (path) => new TextEncoder().encode(desk.files.get(path) ?? ''),
      writeNewFile: async (path, text) => void desk.files.set(path, text),
      err: (shown) => void said.push(shown),
      ...(isUntilNeeded && pressedOnceNeeded(said)),
    },
  });
  const printed = [...said, ...ran.out].join('\n');
  const expected = isUntilNeeded ? INTERRUPTED : Number(/# exit code (\d+)/.exec(line)?.[1] ?? 0);
  assert.equal(ran.exitCode, expected, `${line}\n${printed}`);
  return printed;
}

/** Presses Ctrl-C once the view shows that the fleet waits for a person: at a gate, paused, held, or with a VM held. */
function pressedOnceNeeded(said: string[]): Pick<Io, 'err' | 'onInterrupt'> {
  let press = (): void => undefined;
  return {
    err: (shown) => {
      said.push(shown);
      if (/awaiting-approval|paused|\d held|\bheld: /.test(shown)) press();
    },
    onInterrupt: (listener) => {
      press = listener;
      return () => undefined;
    },
  };
}
