import * as z from 'zod';
import { ReimageInvalidInputError } from '../../connection/errors.js';
import { Duration, withSpansInSeconds } from '../../connection/parse-input.js';
import type { CliDeps, Io } from '../io/deps.js';
import { textOf } from '../io/plan-file.js';
import { fieldsOf, optionFor, type OptionRows, shapeOf, withoutFields } from './parse-options.js';

const Looks = z
  .string()
  .regex(/^\d{1,3}$/, 'must be a number')
  .transform(Number)
  .optional();

/** Options that hold for each `--health`; they fill fields of its check. */
const PACE_ROWS = {
  healthInterval: {
    value: '<duration>',
    help: 'pause between two looks of each --health (default: 5s)',
    takes: Duration.optional(),
    field: 'intervalSeconds',
  },
  healthTimeout: {
    value: '<duration>',
    help: 'longest that one look may take (default: 5s)',
    takes: Duration.optional(),
    field: 'timeoutSeconds',
  },
  healthSuccesses: {
    value: '<number>',
    help: 'looks in a row that must be good (default: 2)',
    takes: Looks,
    field: 'successes',
  },
  healthDeadline: {
    value: '<duration>',
    help: 'when a check has failed (default: 5m)',
    takes: Duration.optional(),
    field: 'deadlineSeconds',
  },
} satisfies OptionRows;

/** Health checks. Their own fields {@link healthChecksOf} fills. */
export const HEALTH_ROWS = {
  health: {
    heading: 'Health checks, made from the worker once the VM runs:',
    value: '<check>',
    help: 'tcp:PORT, tcp:HOST:PORT, a URL, or "exec:PROGRAM ARG ..."; may be repeated',
    takes: z.array(z.string()).optional(),
    mayRepeat: true,
  },
  healthFile: {
    value: '<file>',
    help: 'JSON array of checks, for all that --health cannot say',
    takes: z.string().optional(),
  },
  // A check's fields are not the request's.
  ...withoutFields(PACE_ROWS),
  requireHealthyBefore: {
    help: 'refuse a VM that fails the checks before anything is touched',
    takes: z.boolean().optional(),
    field: 'requireHealthyBefore',
  },
} satisfies OptionRows;
const HealthOptions = z.object(shapeOf(HEALTH_ROWS));
type HealthOptions = z.output<typeof HealthOptions>;

/**
 * The health checks that the options stand for, those of `--health` first; the contract has not seen them yet.
 * @throws ReimageInvalidInputError naming the option
 */
export async function healthChecksOf(options: HealthOptions, deps: CliDeps): Promise<unknown[]> {
  const { health = [], healthFile } = options;
  const pace = await fieldsOf(PACE_ROWS, options, deps);
  const [first] = Object.keys(pace);
  if (first !== undefined && health.length === 0) {
    const option = optionFor(PACE_ROWS, first);
    throw wrong('health', `${option} is for --health; a file says it for each of its checks`);
  }
  const fromFile = healthFile === undefined ? [] : await checksIn(healthFile, deps.io);
  return [...health.map((spec) => ({ ...checkOf(spec), ...pace })), ...fromFile];
}

/** The option that a wrong field of `healthChecks` comes from. @param field - its path in the request */
export function healthOptionOf(field: string, { health = [] }: HealthOptions): string {
  const [, index = '', key = ''] = field.split('.');
  const beyond = Number(index) - health.length;
  if (beyond >= 0) return `--health-file, entry ${beyond + 1}`;
  return optionFor(PACE_ROWS, key) ?? '--health';
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
