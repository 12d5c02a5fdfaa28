import * as z from 'zod';
import { oneLine } from './one-line.js';

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

/** Where the VM's own address is meant. Read from JD Cloud when the check begins. */
const ADDRESS_HELP = '{privateIp}, {elasticIp} and {instanceId} stand for those of the VM';

const TcpCheck = z
  .strictObject({
    kind: z.literal('tcp'),
    host: oneLine(253)
      .default('{privateIp}')
      .meta({ description: `Host; ${ADDRESS_HELP}` }),
    port: z.int().min(1).max(65_535),
    ...pace,
  })
  .meta({ description: 'A TCP connection is accepted' });

const HttpCheck = z
  .strictObject({
    kind: z.literal('http'),
    url: oneLine(2048)
      .regex(/^https?:\/\/[^\s/?#]+/i, 'must begin with http:// or https:// and a host')
      .meta({ description: `URL; ${ADDRESS_HELP}` }),
    /** Statuses that are good. Redirects are not followed. */
    statuses: z
      .array(z.int().min(100).max(599))
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'Default: 200 to 299' }),
    bodyIncludes: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .meta({ description: 'Text that the first MiB of the body holds' }),
    /** Take any certificate, for a VM that makes its own at first boot. */
    insecureTls: z.boolean().default(false),
    ...pace,
  })
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
          .regex(/^[^\0]*$/, 'must not hold a NUL'),
      )
      .min(1)
      .max(64)
      .refine(([program]) => program !== '', 'names no program')
      .meta({ description: `Program and arguments, run on the worker without a shell; ${ADDRESS_HELP}` }),
    ...pace,
  })
  .meta({ description: 'A program on the worker exits with 0' });

/** One look at whether the VM does its work, made from the worker. */
export const HealthCheck = z.discriminatedUnion('kind', [TcpCheck, HttpCheck, ExecCheck]);
export type HealthCheck = z.output<typeof HealthCheck>;

/** What a check is called in progress, results and messages. Query and user of a URL are left out: they may be secret. */
export function healthCheckName(check: HealthCheck): string {
  if (check.kind === 'tcp') return `tcp ${check.host}:${check.port}`;
  if (check.kind === 'exec') return `exec ${check.command[0] ?? ''}`;
  return `GET ${check.url.replace(/[?#].*$/s, '').replace(/^(https?:\/\/)[^/]*@/i, '$1')}`;
}

export const HEALTH = ['healthy', 'sick', 'unchecked'] as const;

/** What one check said last. `answer` is one line and never holds a response body. */
export const HealthAnswer = z.object({ check: z.string(), healthy: z.boolean(), answer: z.string() });
export type HealthAnswer = z.output<typeof HealthAnswer>;

/** Whether the VM did its work, before and after; `unchecked` when no check was given or could be made, `note` says why. */
export const HealthReport = z.object({
  before: z.enum(HEALTH),
  after: z.enum(HEALTH),
  answersBefore: z.array(HealthAnswer),
  answersAfter: z.array(HealthAnswer),
  note: z.string().nullable(),
});
export type HealthReport = z.output<typeof HealthReport>;
