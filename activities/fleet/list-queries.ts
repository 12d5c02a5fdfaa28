import type { VmSelector } from '../../contracts/fleet/vm-selector.js';
import type { Filter, InstanceQuery } from '../../jdcloud/vm-api.js';

/** What JD Cloud itself narrows a list by. */
export type Narrowing = Pick<InstanceQuery, 'filters' | 'tags'>;

/** Signs of a URL that filters may fill; JD Cloud's gateway takes 8 kB of it in all. */
const MOST_SIGNS = 4_000;
/** Signs that each value takes beside itself: `&filters.1.values.10=`. */
const SIGNS_A_VALUE = 24;

/**
 * What of a selector JD Cloud can filter by: a first cut, that calls are saved by. Whatever does not fit into a URL is
 * left out, since all fields are looked at again here.
 */
export function narrowingOf({ instanceIds: _ids, tags = [], name, ...selector }: VmSelector): Narrowing {
  const literal = name === undefined ? '' : longestLiteral(name);
  const wanted: Filter[] = [
    { name: 'az', values: selector.azs ?? [] },
    { name: 'vpcId', values: selector.vpcIds ?? [] },
    { name: 'subnetId', values: selector.subnetIds ?? [] },
    { name: 'imageId', values: selector.imageIds ?? [] },
    { name: 'instanceType', values: selector.instanceTypes ?? [] },
    { name: 'status', values: selector.statuses ?? [] },
    // JD Cloud's own match of names is fuzzy: it finds what holds the text.
    { name: 'name', values: literal === '' ? [] : [literal] },
  ];
  let left = MOST_SIGNS;
  const fits = (texts: readonly string[]) => {
    const signs = texts.reduce((sum, text) => sum + encodeURIComponent(text).length + SIGNS_A_VALUE, 0);
    if (signs > left) return false;
    left -= signs;
    return true;
  };
  const filters = wanted.filter(({ values }) => values.length > 0 && fits(values));
  const shortTags = tags.filter(({ key, values = [] }) => fits([key, ...values]));
  return {
    ...(filters.length > 0 && { filters }),
    ...(shortTags.length > 0 && {
      tags: shortTags.map(({ key, values }) => ({ key, ...(values !== undefined && { values }) })),
    }),
  };
}

function longestLiteral(pattern: string): string {
  return pattern.split(/[*?]/).reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}
