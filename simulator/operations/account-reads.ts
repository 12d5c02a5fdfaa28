import { invalidArgument } from '../model/api-error.js';
import { QUOTA_TYPES } from '../model/region-state.js';
import { LIST_PAGES, pageOf, readPage, withoutEmpty } from './paging.js';
import type { Handler, QueryFilter } from './parameters.js';

export const describeKeypairs: Handler = ({ region, query }) => {
  const page = readPage(query, LIST_PAGES);
  const names = valuesOf(query.filters(), 'keyNames');
  const matching = region.keypairs
    .filter(({ keyName }) => names === null || names.includes(keyName))
    .toSorted((a, b) => (a.createTime < b.createTime ? 1 : a.createTime > b.createTime ? -1 : 0));
  const keypairs = pageOf(matching, page).map((keypair) => {
    const holders = [...region.vms.values()].filter((vm) => vm.keyNames.includes(keypair.keyName));
    return withoutEmpty({ ...keypair, instanceIds: holders.map(({ instanceId }) => instanceId) });
  });
  return { keypairs, totalCount: matching.length };
};

export const describeQuotas: Handler = ({ region, query }) => {
  const types = valuesOf(query.filters(), 'resourceTypes') ?? QUOTA_TYPES.filter((type) => type !== 'imageShare');
  const imageId = query.text('imageId');
  const unknown = types.find((type) => !QUOTA_TYPES.some((known) => known === type));
  if (unknown !== undefined) throw invalidArgument(`Invalid resourceType '${unknown}'`);
  if (types.includes('imageShare') && imageId === null) throw invalidArgument('Parameter ImageId missing');
  return { quotas: region.quotas().filter(({ resourceType }) => types.includes(resourceType)) };
};

/** Values of the only filter that is allowed; null when it is not there. */
function valuesOf(filters: readonly QueryFilter[], name: string): readonly string[] | null {
  const other = filters.find((filter) => filter.name !== name);
  if (other !== undefined) throw invalidArgument(`Invalid filter name '${other.name}'`);
  return filters.length === 0 ? null : filters.flatMap(({ values }) => values);
}
