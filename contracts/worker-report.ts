import * as z from 'zod';

const instant = z.iso.datetime();

/** The last thing that went wrong in a worker. */
export const WorkerFailure = z.object({
  at: instant,
  /** The activity that failed. */
  activity: z.string(),
  message: z.string(),
});
export type WorkerFailure = z.output<typeof WorkerFailure>;

/** What a worker knows of itself, and never a secret. Instants are by its own clock. */
export const WorkerReport = z.object({
  /** As it polls: `4711@host`. */
  identity: z.string(),
  versions: z.object({ reimage: z.string(), node: z.string() }),
  startedAt: instant,
  /** Ids of the keys that it reads, the first of which encrypts; none: encryption is off. */
  keys: z.array(z.string()),
  jdcloud: z.object({
    endpoint: z.string(),
    regionId: z.string(),
    /** Where its credentials come from; null where it could have none. */
    credentialsFrom: z.string().nullable(),
    /** What JD Cloud, or the network on the way, said against a call; null: it took the credentials. */
    refusal: z.string().nullable(),
    /** The failure type that the refusal would be; null where there is none. */
    refusalType: z.string().nullable(),
    /** How far the worker's clock is before JD Cloud's, in milliseconds; null where JD Cloud did not tell. */
    skewMs: z.number().nullable(),
  }),
  /** Null: nothing has failed since it began. */
  lastFailure: WorkerFailure.nullable(),
});
export type WorkerReport = z.output<typeof WorkerReport>;
