import type { WorkerReport } from '../../../../contracts/worker-report.js';
import { describeSkew, STALE_DATE_MS } from '../../../../jdcloud/clocks.js';
import type { Poller } from '../../../../temporal/pollers.js';
import type { KeyCount } from '../../../codec/rotate-keys.js';
import type { WorkersReport } from '../../../connection/report-workers.js';
import type { CliClient } from '../../io/deps.js';
import { type Check, fail, ok, warn } from './check.js';

/** What the workers are compared with. */
export interface OwnSide {
  readonly version: string;
  /** Ids of the keys that this process has, the first of which encrypts; null where they cannot be read. */
  readonly keys: readonly string[] | null;
  readonly now: () => Date;
}

/** Asks the workers themselves. They may be killed, hang, or have other keys, credentials and clocks than this machine. */
export async function checkWorkerAnswers(connect: () => Promise<CliClient>, own: OwnSide): Promise<Check[]> {
  try {
    await using client = await connect();
    return judgeWorkers(await client.reportWorkers(), own);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [warn(NAME, `the workers cannot be asked: ${message}`, 'Fix the other problems first.')];
  }
}

const NAME = 'worker answers';

/** What each worker said, judged from here. Pure. */
export function judgeWorkers({ reports, silent, failure }: WorkersReport, own: OwnSide): Check[] {
  return [
    ...reports.map((report) => judge(report, own)),
    ...(silent.length === 0 ? [] : [silentCheck(silent, reports.length > 0, failure?.message ?? null, own)]),
  ];
}

function judge(report: WorkerReport, own: OwnSide): Check {
  const { identity, jdcloud } = report;
  const { refusal, refusalType, skewMs } = jdcloud;
  const keys = keysAmiss(report.keys, own.keys);
  if (keys !== null) return fail(NAME, 'refused', `${identity} ${keys}`, KEYS_MEND);
  if (refusal !== null) {
    if (refusalType === 'JdCloudUnavailable') {
      const mend = 'Check JDCLOUD_ENDPOINT where that worker runs, and the network from there; is the endpoint up?';
      return fail(NAME, 'unreachable', `${identity} does not get through to JD Cloud: ${refusal}`, mend);
    }
    return fail(
      NAME,
      'refused',
      `${identity} is refused by JD Cloud: ${refusal}`,
      'Correct it where that worker runs.',
    );
  }
  const said = `${identity}: ${textOf(report)}`;
  if (skewMs !== null && Math.abs(skewMs) > STALE_DATE_MS) {
    return warn(NAME, `${said}; ${describeSkew(skewMs)}`, 'Set the clock of that worker (NTP).');
  }
  if (report.versions.reimage !== own.version) {
    return warn(NAME, `${said}; here runs reimage ${own.version}`, 'Use one version of Reimage on both sides.');
  }
  return ok(NAME, said);
}

const KEYS_MEND = 'Give REIMAGE_CODEC_KEYS the same keys everywhere: docs/encryption.md.';

/** What is wrong with the keys of a worker, seen from here; null: nothing. */
function keysAmiss(theirs: readonly string[], own: readonly string[] | null): string | null {
  if (own === null) return null;
  const [mine] = own;
  const [first] = theirs;
  if (mine !== undefined && !theirs.includes(mine)) {
    const has = theirs.length === 0 ? 'it does not encrypt at all' : `it reads ${theirs.map(quoted).join(', ')}`;
    return `cannot read key ${quoted(mine)}, by which is encrypted here: ${has}`;
  }
  if (first !== undefined && !own.includes(first)) {
    return `encrypts by key ${quoted(first)}, which cannot be read here`;
  }
  return null;
}

function textOf({ versions, keys, jdcloud, startedAt, lastFailure }: WorkerReport): string {
  const { endpoint, regionId, credentialsFrom } = jdcloud;
  const [first, ...rest] = keys;
  const encryption =
    first === undefined
      ? 'does not encrypt'
      : `encrypts by key ${quoted(first)}${rest.length === 0 ? '' : `, reads ${rest.map(quoted).join(', ')}`}`;
  const failed =
    lastFailure === null
      ? 'nothing has failed'
      : `last failed at ${lastFailure.at}: ${lastFailure.activity}: ${lastFailure.message}`;
  return [
    `reimage ${versions.reimage}, Node ${versions.node}, since ${startedAt}`,
    encryption,
    `${endpoint} took its credentials (${credentialsFrom ?? 'none'}) in ${regionId}`,
    failed,
  ].join('; ');
}

function silentCheck(silent: readonly Poller[], someAnswer: boolean, why: string | null, { now }: OwnSide): Check {
  const who = silent.map(({ identity, at }) => {
    return `${identity} (polled ${Math.max(0, Math.round((now().getTime() - at) / 1000))} s ago)`;
  });
  const message = `no answer from ${who.join(', ')}${why === null ? '' : `: ${why}`}`;
  const mend = 'It may be killed, stopped or busy, or lack the keys: look at its log, and start it again.';
  return someAnswer ? warn(NAME, message, mend) : fail(NAME, 'unreachable', message, mend);
}

function quoted(id: string): string {
  return JSON.stringify(id);
}

const LEFT_OUT = 'histories and what has ended are not counted';
const MEND = 'Rewrite what outlives retention, and see until when keys are needed: `reimage codec rotate`.';

/** Says what schedules and runs under way are encrypted by. That all is in clear where encryption is off is as it should be. */
export async function checkKeys(connect: () => Promise<CliClient>): Promise<Check> {
  try {
    await using client = await connect();
    const { currentKeyId, counts } = await client.countKeys();
    const others = counts.filter(({ keyId }) => keyId !== currentKeyId);
    const told = counts.length === 0 ? 'no schedule and nothing under way bears any' : counts.map(countText).join('; ');
    const message = `${told} (${LEFT_OUT})`;
    return others.length === 0 ? ok('keys in use', message) : warn('keys in use', message, MEND);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return warn(
      'keys in use',
      `it cannot be told what is encrypted by which key: ${message}`,
      'Fix the other problems first.',
    );
  }
}

function countText({ keyId, schedules, open, freeze }: KeyCount): string {
  const what = [
    ...(schedules === 0 ? [] : [schedules === 1 ? '1 schedule' : `${schedules} schedules`]),
    ...(open === 0 ? [] : [`${open} under way`]),
    ...(freeze ? ['the freeze'] : []),
  ];
  return `${keyId === null ? 'in clear' : `key ${keyId}`}: ${what.join(', ')}`;
}
