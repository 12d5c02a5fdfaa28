import { PROTECTION_TAG } from '../../contracts/names.js';
import type { Misfit } from '../../contracts/rebuild-plan.js';
import type { Instance } from '../../jdcloud/schemas.js';
import type { Facts } from './facts.js';

/** Case, blanks and dashes make no difference: who wrote the tag by hand meant it, and a VM too many is left alone. */
const bare = (key: string) =>
  key
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s\p{Cf}\p{Pd}_]+/gu, '');

/** Why the VM is protected, by its tag; null when it is not. A tag without a value protects too. */
export function protectionOf({ tags }: Pick<Instance, 'tags'>): string | null {
  const tag = tags?.find(({ key }) => bare(key) === bare(PROTECTION_TAG));
  return tag === undefined ? null : tag.value || 'no reason given';
}

/** A protected VM is rebuilt only for somebody who says why. */
export function checkProtection({ instance, request }: Pick<Facts, 'instance' | 'request'>): Misfit[] {
  const protection = protectionOf(instance);
  if (protection === null || request.overrideProtection !== undefined) return [];
  const message = `The VM is protected by the tag ${PROTECTION_TAG}: ${protection}. Take the tag off, or say why it is overridden.`;
  return [{ code: 'protected', field: 'overrideProtection', message }];
}
