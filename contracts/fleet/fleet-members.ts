import * as z from 'zod';
import { InstanceId } from '../ids.js';

/** One VM of a fleet, as its plan has seen it. */
export interface FleetMember {
  readonly instanceId: string;
  readonly az: string | null;
  /** Value of the tag that the policy's limits name; null for a VM without it. */
  readonly group: string | null;
  readonly imageBefore: string | null;
  /** The image that it is moved to. */
  readonly image: string;
}

/** One field of all members: the texts that occur, and for each member which. */
const Column = z.object({ values: z.array(z.string().nullable()), at: z.array(z.int().min(0)) });
type Column = z.output<typeof Column>;

/** The members of a fleet in the order in which they are taken, small enough that ten thousand fit into one payload. */
export const PackedMembers = z
  .object({ instanceIds: z.array(InstanceId), azs: Column, groups: Column, imagesBefore: Column, images: Column })
  .refine(
    ({ instanceIds, ...columns }) =>
      Object.values(columns).every(
        ({ at, values }) => at.length === instanceIds.length && at.every((index) => index < values.length),
      ),
    { message: 'has columns that do not fit together' },
  );
export type PackedMembers = z.output<typeof PackedMembers>;

/** Makes the payload of members. */
export function packMembers(members: readonly FleetMember[]): PackedMembers {
  return {
    instanceIds: members.map(({ instanceId }) => instanceId),
    azs: columnOf(members.map(({ az }) => az)),
    groups: columnOf(members.map(({ group }) => group)),
    imagesBefore: columnOf(members.map(({ imageBefore }) => imageBefore)),
    images: columnOf(members.map(({ image }) => image)),
  };
}

/** Reads what {@link packMembers} has made. */
export function unpackMembers({ instanceIds, azs, groups, imagesBefore, images }: PackedMembers): FleetMember[] {
  const text = ({ values, at }: Column, index: number) => values[at[index] ?? -1] ?? null;
  return instanceIds.map((instanceId, index) => ({
    instanceId,
    az: text(azs, index),
    group: text(groups, index),
    imageBefore: text(imagesBefore, index),
    image: text(images, index) ?? '',
  }));
}

function columnOf(texts: readonly (string | null)[]): Column {
  const indexOf = new Map([...new Set(texts)].map((text, index) => [text, index]));
  return { values: [...indexOf.keys()], at: texts.map((text) => indexOf.get(text) ?? 0) };
}
