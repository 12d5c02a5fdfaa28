import * as z from 'zod';

/**
 * What JD Cloud's documents leave open and the simulator must decide: one switch each. The
 * defaults are the stricter reading. docs/simulator.md lists them; a test holds the two equal.
 */
export const Assumptions = z.strictObject({
  /** When a rebuild changes the VM's image id. */
  imageIdChanges: z.enum(['acceptance', 'end']).default('end'),
  /** When a rebuild changes the id and createTime of the system disk. */
  diskIdChanges: z.enum(['acceptance', 'end', 'never']).default('end'),
  /** When a rebuild's metadata and userdata replace those of the VM. */
  metadataChanges: z.enum(['acceptance', 'end']).default('acceptance'),
  /** Whether a rebuild without metadata or userdata keeps those of the VM. */
  metadataSurvivesRebuild: z.boolean().default(true),
  /** Whether a rebuild without a key takes the old key off the VM. */
  keyNamesClear: z.boolean().default(true),
  /** What a call is told while the VM is in a passing status. */
  busyMessage: z.enum(['conflict', 'invalid-status']).default('conflict'),
  /** What a failed rebuild (fault outcome `fails`) leaves: `error`, or `stopped` with the old image. */
  failedRebuildLeaves: z.enum(['error', 'stopped']).default('error'),
  /** Whether a rebuild without password, key and imageInherit is refused. */
  loginRequired: z.boolean().default(true),
  /** Whether a rebuild onto an image that is offline or expired is refused. */
  offlineImageRefused: z.boolean().default(true),
  /** Whether the start of a VM whose resources a stop has released fails for lack of stock. */
  outOfStockOnStart: z.boolean().default(false),
  /** How an instance spells its host name. */
  hostnameField: z.enum(['hostName', 'hostname']).default('hostName'),
  /** Greatest difference between x-jdcloud-date and the clock, in minutes. */
  clockSkewMinutes: z.number().positive().default(15),
  /** How long a nonce may not be used again, in minutes. */
  nonceWindowMinutes: z.number().nonnegative().default(15),
  /** Whether a request that does not sign `host` is refused; otherwise the journal warns. */
  requireHostSigned: z.boolean().default(false),
  /**
   * Which signatures must cover x-jdcloud-date and x-jdcloud-nonce: those of JDCLOUD2 only, the journal warning of
   * others, since JD Cloud's own SDK for Python leaves both out under JDCLOUD3; or all.
   */
  dateAndNonceSigned: z.enum(['jdcloud2', 'all']).default('jdcloud2'),
  /** Status string of a throttled call. */
  throttleStatus: z.enum(['RATE_LIMIT', 'HTTP_RATE_LIMIT_EXCEEDED']).default('HTTP_RATE_LIMIT_EXCEEDED'),
  /**
   * How far back reads may go, in milliseconds: each is answered by a replica that is up to date, or by one that is one
   * or two changes behind. 0: all are up to date.
   */
  replicaLagMs: z.number().nonnegative().default(0),
  /** Calls that one access key may make in a minute; 0: no limit. */
  callsPerMinute: z.int().nonnegative().default(1000),
});
export type Assumptions = z.output<typeof Assumptions>;

const ms = (fallback: number) => z.number().nonnegative().default(fallback);

/**
 * How long transitions take, in milliseconds. JD Cloud documents no figures: these are believable
 * ones, and all of them are assumptions.
 */
export const Timing = z.strictObject({
  stopping: ms(20_000),
  starting: ms(15_000),
  rebooting: ms(20_000),
  rebuilding: ms(60_000),
  creatingImage: ms(60_000),
  deleting: ms(2_000),
  /** How long an accepted rebuild is still reported as `stopped` before `rebuilding`. */
  acceptedVisibleAfter: ms(1_500),
});
export type Timing = z.output<typeof Timing>;

/** Timing as given, defaults filled in, each divided by `compress`. */
export function compressedTiming(given: Partial<Timing>, compress: number): Timing {
  const full = Timing.parse(given);
  return {
    stopping: full.stopping / compress,
    starting: full.starting / compress,
    rebooting: full.rebooting / compress,
    rebuilding: full.rebuilding / compress,
    creatingImage: full.creatingImage / compress,
    deleting: full.deleting / compress,
    acceptedVisibleAfter: full.acceptedVisibleAfter / compress,
  };
}
