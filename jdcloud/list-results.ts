import * as z from 'zod';

/**
 * A page of a list under `name`, with the count of all matches. JD Cloud leaves empty fields out, so
 * a list may be absent where the count says 0; anywhere else absence is a wrong shape: read as "no
 * such VM", it would be a lie.
 */
export function pageOf<Item extends z.ZodType>(name: string, item: Item) {
  return z.looseObject({ totalCount: z.int().nullish() }).transform((result, context) => {
    const list = z.array(item).safeParse(result[name] ?? (result.totalCount === 0 ? [] : undefined));
    if (list.success) return { items: list.data, totalCount: result.totalCount ?? list.data.length };
    for (const { path, message } of list.error.issues.slice(0, 3)) {
      context.addIssue({ code: 'custom', path: [name, ...path], message });
    }
    return z.NEVER;
  });
}

/** A list that has neither pages nor count: absent means empty. */
export function listOf<Item extends z.ZodType>(name: string, item: Item) {
  const shape = z.looseObject({ [name]: z.array(item).nullish() });
  return shape.transform((result) => ({ items: result[name] ?? [] }));
}
