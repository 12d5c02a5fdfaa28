import * as z from 'zod';
import { InstanceId } from '../ids.js';

/** One VM of a fleet, as its plan has seen it. */
export interface FleetMember {
  readonly instanceId: string;
  /** The VM's name, for people; absent in a fleet whose names would take too much room, or that began before they were told. */
  readonly name?: string | null;
  readonly az: string | null;
  /** Value of the tag that the policy's limits name; null for a VM without it. */
  readonly group: string | null;
  readonly imageBefore: string | null;
  /** The image that it is moved to. */
  readonly image: string;
}

/** One field of all members: the texts that occur, and for each member which. */
export const Column = z.object({ values: z.array(z.string().nullable()), at: z.array(z.int().min(0)) });
export type Column = z.output<typeof Column>;

/** The members of a fleet in the order in which they are taken, small enough that ten thousand fit into one payload. */
export const PackedMembers = z
  .object({
    instanceIds: z.array(InstanceId),
    names: Column.optional(),
    azs: Column,
    groups: Column,
    imagesBefore: Column,
    images: Column,
  })
  .refine(
    ({ instanceIds, ...columns }) =>
      Object.values(columns).every(
        (column) =>
          column === undefined ||
          (column.at.length === instanceIds.length && column.at.every((index) => index < column.values.length)),
      ),
    { message: 'has columns that do not fit together' },
  );
export type PackedMembers = z.output<typeof PackedMembers>;

/** Makes the payload of members. */
export function packMembers(members: readonly FleetMember[]): PackedMembers {
  return {
    instanceIds: members.map(({ instanceId }) => instanceId),
    ...(members.some(({ name }) => name != null) && { names: columnOf(members.map(({ name }) => name ?? null)) }),
    azs: columnOf(members.map(({ az }) => az)),
    groups: columnOf(members.map(({ group }) => group)),
    imagesBefore: columnOf(members.map(({ imageBefore }) => imageBefore)),
    images: columnOf(members.map(({ image }) => image)),
  };
}

/** Reads what {@link packMembers} has made. */
export function unpackMembers({ instanceIds, names, azs, groups, imagesBefore, images }: PackedMembers): FleetMember[] {
  return instanceIds.map((instanceId, index) => ({
    instanceId,
    name: textAt(names, index),
    az: textAt(azs, index),
    group: textAt(groups, index),
    imageBefore: textAt(imagesBefore, index),
    image: textAt(images, index) ?? '',
  }));
}

/** The text of one member in a column; null where it has none. */
export function textAt(column: Column | undefined, index: number): string | null {
  return column?.values[column.at[index] ?? -1] ?? null;
}

/** Makes the column of the texts of all members, in their order. */
export function columnOf(texts: readonly (string | null)[]): Column {
  const indexOf = new Map([...new Set(texts)].map((text, index) => [text, index]));
  return { values: [...indexOf.keys()], at: texts.map((text) => indexOf.get(text) ?? 0) };
}
