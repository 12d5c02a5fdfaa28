import * as z from 'zod';
import { oneLine } from './text.js';

/** How often a check looks, and when it is believed. Seconds. */
const pace = {
  /** Pause between two looks. */
  intervalSeconds: z.int().min(1).max(300).default(5),
  /** Longest that one look may take. */
  timeoutSeconds: z.int().min(1).max(60).default(5),
  /** Looks in a row that must be good. */
  successes: z.int().min(1).max(100).default(2),
  /** When the check has failed, from its beginning. */
  deadlineSeconds: z.int().min(1).max(7200).default(300),
};

/** Whether the good looks in a row fit into the deadline at all, were each over at once. */
function fitsItsDeadline(check: { intervalSeconds: number; successes: number; deadlineSeconds: number }): boolean {
  return (check.successes - 1) * check.intervalSeconds < check.deadlineSeconds;
}

const OUT_OF_TIME = {
  path: ['deadlineSeconds'],
  message: 'is too short for so many successes with such an interval: the check could never pass',
};

/** Words in braces that stand for what only JD Cloud knows of the VM. */
export const PLACEHOLDERS = ['privateIp', 'elasticIp', 'instanceId'] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** A text with its placeholders replaced. Other words in braces stay as they are. */
export function fillPlaceholders(text: string, valueOf: (name: Placeholder) => string): string {
  return text.replace(/\{(\w+)\}/g, (whole, word: string) => {
    const name = PLACEHOLDERS.find((each) => each === word);
    return name === undefined ? whole : valueOf(name);
  });
}

/** Where the VM's own address is meant. Read from JD Cloud when the check begins. */
const ADDRESS_HELP = '{privateIp}, {elasticIp} and {instanceId} stand for those of the VM';
const withSamples = (text: string) => fillPlaceholders(text, (name) => (name === 'instanceId' ? 'i-1' : '192.0.2.1'));
const KNOWS_PLACEHOLDERS = `names an unknown placeholder: ${ADDRESS_HELP}`;
const hasNoOtherBraces = (text: string) => !/[{}]/.test(withSamples(text));

const TcpCheck = z
  .strictObject({
    kind: z.literal('tcp'),
    host: oneLine(253)
      .regex(/^[^\s/\\?#@]*$/, 'must be a host name or an address')
      .refine(hasNoOtherBraces, KNOWS_PLACEHOLDERS)
      .default('{privateIp}')
      .meta({ description: `Host; ${ADDRESS_HELP}` }),
    port: z.int().min(1).max(65_535),
    ...pace,
  })
  .refine(fitsItsDeadline, OUT_OF_TIME)
  .meta({ description: 'A TCP connection is accepted' });

function parseUrl(text: string): URL | null {
  const url = withSamples(text);
  return URL.canParse(url) ? new URL(url) : null;
}

/** A user in the URL, empty or not: what stands before an `@` may be meant as a password. */
function namesUser(text: string): boolean {
  const { username, password } = parseUrl(text) ?? {};
  return Boolean(username) || Boolean(password) || /^[^/]*[/\\]+[^/\\?#]*@/.test(text);
}

const HttpCheck = z
  .strictObject({
    kind: z.literal('http'),
    url: oneLine(2048)
      .regex(/^https?:\/\/[^\s/\\?#]/i, 'must begin with http:// or https:// and a host')
      .refine((url) => parseUrl(url) !== null, 'is not a URL')
      .refine((url) => !namesUser(url), 'must not hold a user or a password: they would stand in the history')
      .refine((url) => hasNoOtherBraces(url.replace(/[?#].*$/s, '')), KNOWS_PLACEHOLDERS)
      .meta({ description: `URL; ${ADDRESS_HELP}` }),
    /** Statuses that are good. Redirects are not followed. */
    statuses: z
      .array(z.int().min(200).max(599))
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'Default: 200 to 299' }),
    bodyIncludes: z
      .string()
      .min(1)
      .max(1024)
      .regex(/^\P{Cs}*$/u, 'must be Unicode')
      .optional()
      .meta({ description: 'Text that the first MiB of the body holds' }),
    /** Take any certificate, for a VM that makes its own at first boot. */
    insecureTls: z.boolean().default(false),
    ...pace,
  })
  .refine(fitsItsDeadline, OUT_OF_TIME)
  .meta({ description: 'GET over HTTP or HTTPS answers as it should' });

const ExecCheck = z
  .strictObject({
    kind: z.literal('exec'),
    /** A program on the worker and its arguments; there is no shell. */
    command: z
      .array(
        z
          .string()
          .max(4096)
          .regex(/^[^\0\p{Cs}]*$/u, 'must be Unicode without a NUL'),
      )
      .min(1)
      .max(64)
      .refine(([program]) => program !== '', 'names no program')
      .meta({ description: `Program and arguments, run on the worker without a shell; ${ADDRESS_HELP}` }),
    ...pace,
  })
  .refine(fitsItsDeadline, OUT_OF_TIME)
  .meta({ description: 'A program on the worker exits with 0' });

/** One look at whether the VM does its work, made from the worker. */
export const HealthCheck = z.discriminatedUnion('kind', [TcpCheck, HttpCheck, ExecCheck]);
export type HealthCheck = z.output<typeof HealthCheck>;

/**
 * What a check is called in progress, results and messages, in one line. Query, fragment and user of a URL and the
 * arguments of a program are left out: they may be secret. Two checks may have the same name.
 */
export function healthCheckName(check: HealthCheck): string {
  const [...characters] = nameOf(check).replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ');
  return characters.length > LONGEST_NAME ? `${characters.slice(0, LONGEST_NAME).join('')}…` : characters.join('');
}

const LONGEST_NAME = 200;

function nameOf(check: HealthCheck): string {
  if (check.kind === 'tcp') return `tcp ${/^[^[].*:/.test(check.host) ? `[${check.host}]` : check.host}:${check.port}`;
  if (check.kind === 'exec') return `exec ${check.command[0] ?? ''}`;
  // As a browser reads it: of any number of slashes, either way, after the scheme; the user ends at the last @ before the path.
  const [, scheme = '', authority = '', path = ''] = /^(\w+:)[/\\]*([^/\\?#]*)([^?#]*)/.exec(check.url) ?? [];
  return `GET ${scheme}//${authority.slice(authority.lastIndexOf('@') + 1)}${path}`;
}

export const HEALTH = ['healthy', 'unhealthy', 'unchecked'] as const;

/**
 * What became of one check: `healthy` when it was good as many times in a row as it asks for. `message` is what the
 * last probe said, or the last bad one where that explains it: one line that never holds a response body.
 */
export const HealthCheckResult = z.object({ check: z.string(), healthy: z.boolean(), message: z.string() });
export type HealthCheckResult = z.output<typeof HealthCheckResult>;

/** Whether the VM did its work, before and after; `unchecked` when no check was given or could be made, `reason` says why. */
export const HealthReport = z.object({
  before: z.enum(HEALTH),
  after: z.enum(HEALTH),
  resultsBefore: z.array(HealthCheckResult),
  resultsAfter: z.array(HealthCheckResult),
  reason: z.string().nullable(),
});
export type HealthReport = z.output<typeof HealthReport>;
