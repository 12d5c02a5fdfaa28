import * as z from 'zod';

/** Whose an image is, and since when. Null: JD Cloud does not say. */
export const ImageOrigin = z.object({
  /** JD Cloud's word: `private` for the account's own, `shared`, `community`, `public`, `thirdparty`. */
  source: z.string().nullable(),
  /** Pin of the account that it belongs to. */
  owner: z.string().nullable(),
  /** ISO 8601, UTC. */
  createdAt: z.string().nullable(),
});
export type ImageOrigin = z.output<typeof ImageOrigin>;

/** What else has a name that was asked for: how many, and the newest of them with why they are not taken. */
export const OtherImages = z.object({
  count: z.int(),
  images: z.array(ImageOrigin.extend({ imageId: z.string(), name: z.string().nullable(), reason: z.string() })),
});
export type OtherImages = z.output<typeof OtherImages>;

/** For people: `private image of 4711, made 2026-05-11T02:00:00.000Z`. */
export function originText({ source, owner, createdAt }: ImageOrigin): string {
  const whose = owner === null ? '' : ` of ${owner}`;
  const since = createdAt === null ? '; JD Cloud does not say when it was made' : `, made ${createdAt}`;
  return `${source === null ? 'image of unknown source' : `${source} image`}${whose}${since}`;
}
