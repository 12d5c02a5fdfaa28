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
