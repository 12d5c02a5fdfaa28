import * as z from 'zod';
import { refusedBeforeSending } from './api-call.js';
import { filterPairs, listPairs, type QueryPair, scalarPairs, tagPairs } from './query-encoding.js';
import type { Filter, ImageQuery, InstanceQuery, PageQuery } from './vm-api.js';

const MAX_IDS = 100;
const MIN_PAGE = 10;

/** The call that a list query belongs to, for messages. */
interface Named {
  readonly operation: string;
  readonly about: string;
}

/**
 * Query of a list of VMs: ids become the filter `instanceId`. Throws RefusedError for lists that
 * must not be sent. `maxPage` is 100, and 10 for custom data.
 */
export function instanceQuery(call: Named, query: InstanceQuery, maxPage = MAX_IDS): QueryPair[] {
  const ids = query.instanceIds;
  if (ids !== undefined) checkIds(call, 'instanceIds', ids);
  const own: Filter[] = ids === undefined ? [] : [{ name: 'instanceId', values: ids }];
  const filters = [...own, ...(query.filters ?? [])];
  const tags = query.tags ?? [];
  checkFilters(call, filters);
  for (const { key, values } of tags) {
    if (values?.length === 0) throw refusedBeforeSending(call, `tag ${key} has no values`);
  }
  return [...pagePairs(query, ids, maxPage), ...filterPairs(filters), ...tagPairs(tags)];
}

/** Query of describeImages: ids are `ids.N`. Throws RefusedError for lists that must not be sent. */
export function imageQuery(call: Named, query: ImageQuery): QueryPair[] {
  const { imageIds, filters = [], regionId: _region, pageNumber: _number, pageSize: _size, ...scalars } = query;
  if (imageIds !== undefined) checkIds(call, 'imageIds', imageIds);
  checkFilters(call, filters);
  return [
    ...pagePairs(query, imageIds),
    ...scalarPairs(scalars),
    ...listPairs('ids', imageIds ?? []),
    ...filterPairs(filters),
  ];
}

/** Query of describeKeypairs: names become the filter `keyNames`. Throws RefusedError for lists that must not be sent. */
export function keypairQuery(call: Named, query: PageQuery & { readonly keyNames?: readonly string[] }): QueryPair[] {
  const names = query.keyNames;
  if (names !== undefined) checkIds(call, 'keyNames', names);
  const own: Filter[] = names === undefined ? [] : [{ name: 'keyNames', values: names }];
  const filters = [...own, ...(query.filters ?? [])];
  checkFilters(call, filters);
  return [...pagePairs(query, names), ...filterPairs(filters)];
}

/**
 * Refuses ids that would ask for something else: none at all (JD Cloud answers with everything),
 * an empty one, or more than JD Cloud takes.
 */
export function checkIds(call: Named, name: string, ids: readonly string[]): void {
  if (ids.length === 0) throw refusedBeforeSending(call, `${name} is empty and JD Cloud would answer with everything`);
  if (ids.length > MAX_IDS) throw refusedBeforeSending(call, `${name} holds ${ids.length}, at most ${MAX_IDS} go`);
  if (ids.includes('')) throw refusedBeforeSending(call, `${name} holds an empty text`);
}

// The official SDK drops a filter without values in silence, and JD Cloud then answers with everything.
function checkFilters(call: Named, filters: readonly Filter[]): void {
  const empty = filters.find(({ values }) => values.length === 0);
  if (empty !== undefined) throw refusedBeforeSending(call, `filter ${empty.name} has no values`);
}

// Without a page size JD Cloud gives 20 of 100 ids asked for.
function pagePairs(query: PageQuery, ids: readonly string[] | undefined, maxPage = MAX_IDS): QueryPair[] {
  const enough = ids === undefined ? undefined : Math.min(maxPage, Math.max(MIN_PAGE, ids.length));
  return scalarPairs({ pageNumber: query.pageNumber, pageSize: query.pageSize ?? enough });
}

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

/** Most items that JD Cloud gives a page. */
const PAGE_SIZE = 100;

/** A page of a list, with the number of all that match. */
interface ListedPage<Item> {
  readonly items: readonly Item[];
  readonly totalCount: number;
}

/**
 * Reads a list page by page to its end. What moves to another page meanwhile stands in it once.
 * @param keyOf - what tells two items apart
 */
export async function allPages<Item>(
  read: (page: { readonly pageNumber: number; readonly pageSize: number }) => Promise<ListedPage<Item>>,
  keyOf: (item: Item) => string,
): Promise<Item[]> {
  const found = new Map<string, Item>();
  for (let pageNumber = 1; ; pageNumber += 1) {
    const { items, totalCount } = await read({ pageNumber, pageSize: PAGE_SIZE });
    for (const item of items) found.set(keyOf(item), item);
    if (items.length === 0 || pageNumber * PAGE_SIZE >= totalCount) return [...found.values()];
  }
}
