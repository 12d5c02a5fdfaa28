import type { VmSelector } from '../../contracts/fleet/fleet-spec.js';
import type { Instance } from '../../jdcloud/schemas.js';
import type { Filter, InstanceQuery } from '../../jdcloud/vm-api.js';

/**
 * Whether a VM, as JD Cloud shows it, is one that a selector means. Made once for many VMs: a selector may name 10,000 ids,
 * and each VM held against each of them would keep a worker busy for seconds.
 */
export function matcherOf(selector: VmSelector): (vm: Instance) => boolean {
  const { name, tags = [] } = selector;
  const isOfId = isAmong(selector.instanceIds);
  const isOfImage = isAmong(selector.imageIds);
  const isOfVpc = isAmong(selector.vpcIds);
  const isOfSubnet = isAmong(selector.subnetIds);
  const isOfZone = isAmong(selector.azs);
  const isOfType = isAmong(selector.instanceTypes);
  const isOfStatus = isAmong(selector.statuses);
  const wanted = tags.map(({ key, values }) => ({ key, isOfValue: isAmong(values) }));
  return (vm) =>
    isOfId(vm.instanceId) &&
    isOfImage(vm.imageId) &&
    isOfVpc(vm.vpcId) &&
    isOfSubnet(vm.subnetId) &&
    isOfZone(vm.az) &&
    isOfType(vm.instanceType) &&
    isOfStatus(vm.status) &&
    (name === undefined || matchesName(name, vm.instanceName ?? '')) &&
    wanted.every(({ key, isOfValue }) => {
      const value = tagOf(vm, key);
      return value !== null && isOfValue(value);
    });
}

/** The value of a VM's tag; null for a VM that does not bear it. */
export function tagOf({ tags }: Pick<Instance, 'tags'>, key: string): string | null {
  const tag = tags?.find((each) => each.key === key);
  return tag === undefined ? null : (tag.value ?? '');
}

/**
 * Whether a name is of a pattern, in which `*` is any text, `?` one character, and all else itself. No regular expression: many
 * stars would keep one busy for years.
 */
export function matchesName(pattern: string, name: string): boolean {
  const [wanted, characters] = [Array.from(pattern), Array.from(name)];
  let [at, position] = [0, 0];
  let lastStar: { readonly at: number; readonly position: number } | null = null;
  while (position < characters.length) {
    if (wanted[at] === '*') {
      lastStar = { at, position };
      at += 1;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === characters[position])) {
      at += 1;
      position += 1;
    } else if (lastStar !== null) {
      // The last star takes one character more; what the stars before it took need not change.
      lastStar = { at: lastStar.at, position: lastStar.position + 1 };
      at = lastStar.at + 1;
      position = lastStar.position;
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((each) => each === '*');
}

function isAmong(wanted: readonly string[] | undefined): (actual: string | null | undefined) => boolean {
  if (wanted === undefined) return () => true;
  const all = new Set(wanted);
  return (actual) => actual != null && all.has(actual);
}

/** What JD Cloud itself narrows a list by. */
export type Narrowing = Pick<InstanceQuery, 'filters' | 'tags'>;

/** Signs of a URL that filters may fill; JD Cloud's gateway takes 8 kB of it in all. */
const MOST_CHARACTERS = 4_000;
/** Signs that each value takes beside itself: `&filters.1.values.10=`. */
const CHARACTERS_A_VALUE = 24;

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
  let left = MOST_CHARACTERS;
  const fits = (texts: readonly string[]) => {
    const characters = texts.reduce((sum, text) => sum + encodeURIComponent(text).length + CHARACTERS_A_VALUE, 0);
    if (characters > left) return false;
    left -= characters;
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
