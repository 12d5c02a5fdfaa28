import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import type { CliClient, CliFleets, CliSchedules } from '../../client/cli/io/deps.js';
import { asksForJson } from '../../client/cli/options/command-table.js';
import { failureOf, toReimageError } from '../../client/connection/errors.js';
import { FleetLookup } from '../../client/fleets/find.js';
import { FleetSchedule, ScheduleId } from '../../contracts/fleet/fleet-schedule.js';
import { RegionId, VmRef } from '../../contracts/ids.js';
import { runFake, type Seen } from '../unit/client/cli/fake-deps.js';
import { type LeafCommand, leafCommands } from '../unit/client/cli/leaf-commands.js';
import { holds } from './holds.js';
import { hostileText, huge, textOf } from './hostile.js';

const EXIT_CODES = [0, 2, 3, 4, 5, 6, 7, 130];

const commands = await leafCommands();

/** A library that knows of no VM and of no rebuild, and is asked of ids only that stand for themselves everywhere. */
const nobody = new Proxy<Partial<CliClient>>({}, { get: () => askNobody });

async function askNobody(asked: unknown): Promise<never> {
  // Some questions are of the whole namespace.
  const { regionId, instanceId } = Asked.parse(asked ?? {});
  if (instanceId !== undefined) VmRef.parse({ regionId, instanceId });
  throw toReimageError(failureOf('OperationNotFound', 'knows of no rebuild'));
}

/** Its part on fleets knows of none, and is asked of ids only that may stand in a query. */
const noFleets = new Proxy<Partial<CliFleets>>({}, { get: () => askForFleet });

async function askForFleet(asked: unknown): Promise<never> {
  const { fleetId } = z.looseObject({ fleetId: z.string().optional() }).parse(asked);
  if (fleetId !== undefined) FleetLookup.parse(asked);
  else Asked.parse(asked);
  throw toReimageError(failureOf('FleetNotFound', 'knows of no fleet'));
}

/** Its part on schedules knows of none either. */
const noSchedules = new Proxy<Partial<CliSchedules>>({}, { get: () => askForSchedule });

async function askForSchedule(asked: unknown): Promise<never> {
  z.union([ScheduleId, FleetSchedule]).optional().parse(asked);
  throw toReimageError(failureOf('ScheduleNotFound', 'knows of no schedule'));
}

const Asked = z.looseObject({ regionId: RegionId.optional(), instanceId: z.string().optional() });

/** What commands that do not ask the library see: settings that no worker takes, and a cloud that is not there. */
const ENV = {
  JDCLOUD_ENDPOINT: 'http://127.0.0.1:9',
  JDCLOUD_ACCESS_KEY: 'AK',
  JDCLOUD_SECRET_KEY: 'SK',
  REIMAGE_UNKNOWN: 'nobody starts a worker with this',
};

async function run(argv: readonly string[], region: string | undefined): Promise<Seen> {
  const env = region === undefined ? ENV : { ...ENV, JDCLOUD_REGION: region };
  // A simulator or codec server that starts is interrupted at once.
  const onInterrupt = (listener: () => void) => {
    queueMicrotask(listener);
    return () => undefined;
  };
  return await runFake(argv, { client: nobody, fleets: noFleets, schedules: noSchedules, env, io: { onInterrupt } });
}

/** One clear end: a known exit code, a harmless line that says why, and nothing asked for when the input is at fault. */
function assertClear({ exitCode, out, err, calls }: Seen, argv: readonly string[]): void {
  const lines = [...out, ...err].flatMap((text) => text.split('\n'));
  assert.ok(EXIT_CODES.includes(exitCode), `exit code ${exitCode}: ${err.join('\n')}`);
  for (const line of lines) {
    assert.doesNotMatch(line, /^\s+at .*\d|node:internal|TypeError|RangeError|\[object Object\]/);
    assert.match(line, /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'no line steers the terminal');
    assert.ok(line.length < 5_000, `a line of ${line.length} characters`);
  }
  if (exitCode === 2) assert.deepEqual(calls, []);
  if (exitCode === 0) return;
  assert.ok(err.length + out.length > 0, 'says why');
  const isOnce = argv.filter((word) => word.startsWith('--output')).length === 1;
  if (isOnce && asksForJson(argv))
    assert.deepEqual(
      out.map((line) => typeof JSON.parse(line)),
      ['object'],
    );
}

const likely = fc.constantFrom('i-a1', 'cn-north-1', 'img-1', 'json', 'text', 'a=b', 'stopping=60', 'env:A');
const word = fc.oneof(hostileText, likely);
const number = fc.constantFrom('0', '10', '99', '70000', '99999', '1e3', '1e-9');

/** The words of a command that exists, with options that it has and values that it may not like. */
function wordsOf({ name, command }: LeafCommand): fc.Arbitrary<string[]> {
  const options = command.options.map(({ long, flags }): fc.Arbitrary<string[]> => {
    const flag = fc.constant(long ?? '--help');
    if (!/[<[]/.test(flags)) return fc.tuple(flag);
    const value = flags.includes('<number>') ? fc.oneof(number, word) : word;
    return fc.oneof(
      fc.tuple(flag, value),
      fc.tuple(flag, value).map((pair) => [pair.join('=')]),
    );
  });
  const some = options.length === 0 ? fc.constant([]) : fc.array(fc.oneof(...options), { maxLength: 4 });
  const count = command.registeredArguments.length;
  const positions = fc.oneof(
    { weight: 3, arbitrary: fc.constant(['i-a1', 'retry'].slice(0, count)) },
    { weight: 1, arbitrary: fc.array(word, { maxLength: count + 1 }) },
  );
  return fc.tuple(positions, some).map(([given, flags]) => [...name.split(' '), ...given, ...flags.flat()]);
}

describe('the command line, given nonsense', () => {
  for (const leaf of commands) {
    it(`${leaf.name} says what is wrong with it`, async () => {
      const region = fc.option(fc.oneof(fc.constant('cn-north-1'), hostileText), { nil: undefined });
      await holds(
        fc.asyncProperty(wordsOf(leaf), region, async (argv, given) => {
          assertClear(await run(argv, given), argv);
        }),
        60,
      );
    });
  }

  it('any words at all end as clearly', async () => {
    const name = fc.constantFrom('', ...commands.flatMap(({ name: words }) => words.split(' ')));
    await holds(
      fc.asyncProperty(fc.array(fc.oneof(hostileText, name), { maxLength: 5 }), async (argv) => {
        assertClear(await run(argv, undefined), argv);
      }),
      200,
    );
  });

  it('huge words are not repeated', async () => {
    const place = fc.constantFrom<(text: string) => string[]>(
      (text) => [text],
      (text) => ['status', text],
      (text) => ['status', 'i-a1', '--region', text],
      (text) => ['status', 'i-a1', `--${text}`],
      (text) => ['list', '--output', text],
      (text) => ['rebuild', 'i-a1', '--region', 'cn-north-1', '--metadata', text, '--reason', text],
    );
    await holds(
      fc.asyncProperty(place, huge(1024 * 1024), async (put, text) => {
        const argv = put(textOf(text));
        assertClear(await run(argv, undefined), argv);
      }),
      25,
    );
  });
});
