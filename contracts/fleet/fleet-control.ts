import * as z from 'zod';
import { InstanceId } from '../ids.js';
import { oneLine } from '../text.js';
import { MAX_FLEET } from './rollout-policy.js';

/** Who does something to a fleet, and why: it goes on the record. */
const who = { by: oneLine(128), reason: oneLine(512) };

/** The gate that is meant, by its name in the summary: another one that is open by then is not answered. */
const gate = oneLine(512).meta({ description: 'Name of the gate that is meant, as the summary tells it' });

/** Updates of `reimageFleet`: what each takes. Each answers a {@link AuditEntry}. Names stand in histories: they never change. */
export const FLEET_UPDATES = {
  /** No VM is started any more; running ones finish. */
  pause: z.strictObject(who),
  /**
   * Ends a pause, also one that the failure budget has made: the failures until now are then tolerated. It names the pause
   * by its number: a later one, which nobody has seen, goes on.
   */
  resume: z.strictObject({ ...who, pause: z.int().min(1) }),
  /** Opens the gate that the fleet waits at. The digest says what is approved. */
  approve: z.strictObject({ ...who, planDigest: z.string(), gate }),
  /** Ends the fleet at the gate. VMs that are done stay as they are. */
  reject: z.strictObject({ ...who, gate }),
  /** Ends the fleet: running rebuilds finish; with `now` those that have not passed the rebuild call are cancelled. */
  abort: z.strictObject({ ...who, now: z.boolean().default(false) }),
  /** Changes limits of the rest of the run. */
  set: z
    .strictObject({
      ...who,
      maxUnavailable: z.int().min(1).max(MAX_FLEET).optional(),
      maxFailures: z.int().min(0).max(MAX_FLEET).optional(),
      maxHeld: z.int().min(0).max(MAX_FLEET).optional(),
    })
    .refine(
      ({ maxUnavailable, maxFailures, maxHeld }) =>
        maxUnavailable !== undefined || maxFailures !== undefined || maxHeld !== undefined,
      { message: 'changes nothing: give maxUnavailable, maxFailures or maxHeld' },
    ),
  /** Takes VMs that have not been started out of the fleet. */
  skip: z.strictObject({ ...who, instanceIds: z.array(InstanceId).min(1).max(MAX_FLEET) }),
  /** Puts VMs that have failed back in the queue, all or these; each then counts as a failure no more. */
  retryFailed: z.strictObject({ ...who, instanceIds: z.array(InstanceId).min(1).max(MAX_FLEET).optional() }),
} as const;

export type FleetUpdateName = keyof typeof FLEET_UPDATES;
export type FleetUpdate<Name extends FleetUpdateName> = z.output<(typeof FLEET_UPDATES)[Name]>;

/** Something that was done to a fleet, or that it did of itself at a gate: `by` is null then. */
export const AuditEntry = z.object({
  at: z.iso.datetime(),
  action: z.string(),
  by: z.string().nullable(),
  reason: z.string(),
});
export type AuditEntry = z.output<typeof AuditEntry>;

/** Stands between the id of an act and what the act says; neither field names nor digests hold it. */
const MARK = '#';

/**
 * The update id of an act: two of one id are one act for the server. What it says is a part of it, as fields and digests,
 * so that the fleet sees an id that comes again with something else.
 */
export function actId(id: string, content: readonly (readonly [field: string, digest: string])[]): string {
  const parts = content.map((pair) => pair.join('=')).toSorted();
  return `${id}${MARK}${parts.join(',')}`;
}

/** The fields in which two ids of one act differ; null where they are ids of different acts, or the same. */
export function otherContent(one: string, other: string): string[] | null {
  const [ofOne, ofOther] = [split(one), split(other)];
  if (one === other || ofOne === null || ofOther === null || ofOne.id !== ofOther.id) return null;
  const parts = (from: Content, to: Content) => from.parts.filter((part) => !to.parts.includes(part));
  const differ = [...parts(ofOne, ofOther), ...parts(ofOther, ofOne)].map((part) => part.split('=')[0] ?? '');
  return [...new Set(differ)];
}

interface Content {
  readonly id: string;
  readonly parts: readonly string[];
}

/** Null for an id of before, which says nothing of its content. */
function split(id: string): Content | null {
  const at = id.lastIndexOf(MARK);
  return at < 0
    ? null
    : {
        id: id.slice(0, at),
        parts: id
          .slice(at + 1)
          .split(',')
          .filter((part) => part !== ''),
      };
}

/** What is not seen in a text: joiners, marks of direction, soft hyphens. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Whether two texts are the name of one person, however it is typed: case, blanks, widths of letters and what is not
 * seen do not count. Letters of other alphabets that look alike do.
 */
export function isSameName(one: string, other: string): boolean {
  return folded(one) === folded(other);
}

/** Upper case first, so that letters with several small forms are one. Neither depends on a locale. */
function folded(name: string): string {
  const letters = name.normalize('NFKC').replaceAll(UNSEEN, '').toUpperCase().toLowerCase();
  return letters.normalize('NFKC').replaceAll(/\s+/g, ' ').trim();
}
