import type { Command } from 'commander';
import * as z from 'zod';
import { PASSWORD_FORMS } from '../../../contracts/secret-ref.js';
import { ReimageInvalidInputError } from '../../connection/errors.js';
import { Duration, withSpansInSeconds } from '../../connection/parse-input.js';
import type { Io } from '../io/deps.js';
import { textOf } from '../io/plan-file.js';
import { collect } from './vm.js';

/** Options of `rebuild` for health checks. */
export const HealthOptions = z.object({
  health: z.array(z.string()).optional(),
  healthFile: z.string().optional(),
  healthInterval: Duration.optional(),
  healthTimeout: Duration.optional(),
  healthSuccesses: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a number')
    .transform(Number)
    .optional(),
  healthDeadline: Duration.optional(),
  requireHealthyBefore: z.boolean().optional(),
});
type HealthOptions = z.output<typeof HealthOptions>;

/** The option behind each field of a check that has one for all of `--health`. */
const PACE_OPTIONS: Readonly<Record<string, string>> = {
  intervalSeconds: '--health-interval',
  timeoutSeconds: '--health-timeout',
  successes: '--health-successes',
  deadlineSeconds: '--health-deadline',
};

/**
 * The health checks that the options stand for, those of `--health` first; the contract has not seen them yet.
 * @throws ReimageInvalidInputError naming the option
 */
export async function healthChecksOf(options: HealthOptions, io: Pick<Io, 'readFile'>): Promise<unknown[]> {
  const { health = [], healthFile } = options;
  const pace = paceOf(options);
  const [first] = Object.keys(pace);
  if (first !== undefined && health.length === 0) {
    throw wrong('health', `${PACE_OPTIONS[first] ?? first} is for --health; a file says it for each of its checks`);
  }
  const fromFile = healthFile === undefined ? [] : await checksIn(healthFile, io);
  return [...health.map((spec) => ({ ...checkOf(spec), ...pace })), ...fromFile];
}

/** The option that a wrong field of `healthChecks` comes from. @param field - its path in the request */
export function healthOptionOf(field: string, { health = [] }: HealthOptions): string {
  const [, index = '', key = ''] = field.split('.');
  const beyond = Number(index) - health.length;
  if (beyond >= 0) return `--health-file, entry ${beyond + 1}`;
  return PACE_OPTIONS[key] ?? '--health';
}

function paceOf({ healthInterval, healthTimeout, healthSuccesses, healthDeadline }: HealthOptions): object {
  return {
    ...(healthInterval !== undefined && { intervalSeconds: healthInterval }),
    ...(healthTimeout !== undefined && { timeoutSeconds: healthTimeout }),
    ...(healthSuccesses !== undefined && { successes: healthSuccesses }),
    ...(healthDeadline !== undefined && { deadlineSeconds: healthDeadline }),
  };
}

function checkOf(spec: string): object {
  const [, host, port] = /^tcp:(?:(.+):)?(\d{1,6})$/.exec(spec) ?? [];
  if (port !== undefined) {
    // An IPv6 address stands in brackets beside a port, and without them where it is dialled.
    return { kind: 'tcp', port: Number(port), ...(host !== undefined && { host: host.replace(/^\[(.+)\]$/, '$1') }) };
  }
  if (/^https?:\/\//i.test(spec)) return { kind: 'http', url: spec };
  const [, command] = /^exec:(.+)$/s.exec(spec) ?? [];
  if (command !== undefined) return { kind: 'exec', command: command.split(' ').filter(Boolean) };
  throw wrong(
    'health',
    '--health must be tcp:PORT, tcp:HOST:PORT, an http:// or https:// URL, or exec:PROGRAM ARG ...',
  );
}

async function checksIn(path: string, io: Pick<Io, 'readFile'>): Promise<unknown[]> {
  const text = await textOf(path, io).catch((error: unknown) => {
    throw wrong('healthFile', `--health-file: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (text.trim() === '') throw wrong('healthFile', `--health-file: ${path} is empty`);
  const checks = parsed(text);
  if (Array.isArray(checks)) return checks.map((check) => withSpansInSeconds(check));
  throw wrong('healthFile', '--health-file must hold a JSON array of health checks');
}

/** Null for what is no JSON: the parser's own message repeats what stands in the file. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function wrong(field: string, message: string): ReimageInvalidInputError {
  return new ReimageInvalidInputError(`Invalid input: ${message}`, field);
}

/** Adds the options for health checks. */
export function addHealthOptions(command: Command): Command {
  return command
    .optionsGroup('Health checks, made from the worker once the VM runs:')
    .option('--health <check>', 'tcp:PORT, tcp:HOST:PORT, a URL, or "exec:PROGRAM ARG ..."; may be repeated', collect)
    .option('--health-file <file>', 'JSON array of checks, for all that --health cannot say')
    .option('--health-interval <duration>', 'pause between two looks of each --health (default: 5s)')
    .option('--health-timeout <duration>', 'longest that one look may take (default: 5s)')
    .option('--health-successes <number>', 'looks in a row that must be good (default: 2)')
    .option('--health-deadline <duration>', 'when a check has failed (default: 5m)')
    .option('--require-healthy-before', 'refuse a VM that fails the checks before anything is touched');
}

/** Adds the options for how one logs in afterwards. */
export function addLoginOptions(command: Command): Command {
  return command
    .option('--key <name>', 'SSH key to log in with, Linux only')
    .option('--password-from <ref>', `where the worker finds the new password: ${PASSWORD_FORMS}`)
    .option('--image-inherit', 'keep the login that is set inside the image');
}
