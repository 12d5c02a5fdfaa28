import type { FailureType } from '../../contracts/failures.js';
import type { Cell } from './cells.js';
import { isChange } from './sites.js';

/** The failure that one refusal of a call ends in. */
const TYPES: Readonly<Record<string, FailureType>> = {
  '400': 'JdCloudRefused',
  '401': 'CredentialsRefused',
  '403': 'PermissionDenied',
  '404': 'VmDeleted',
  '429-quota': 'QuotaExceeded',
};

/** Refusals that mean something of their own where they come. */
const OWN: Readonly<Record<string, FailureType>> = {
  'describeInstances 404': 'VmNotFound',
  'createImage 400': 'BackupFailed',
  'startInstance 400': 'StartRefused',
};

/**
 * The failure that the cell must end in; null where that is for the whole story to say. A rollback has failures of two
 * stories, a refused read may be repeated or done without, and one that lasts meets the way back too.
 */
export function refusalOf({ story, site, fault, span, isPassing }: Cell): FailureType | null {
  if (isPassing) return null;
  const isFirstLook = site.operation === 'describeInstances' && site.milestone === 'begin' && site.nth === 1;
  if (span !== 'once' || story.ends !== 'done' || !(isChange(site) || isFirstLook)) return null;
  return OWN[`${site.operation} ${fault}`] ?? TYPES[fault] ?? null;
}
