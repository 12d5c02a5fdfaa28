import { hostnameProblem } from '../../jdcloud/hostname-rules.js';
import { passwordProblems } from '../../jdcloud/password-rules.js';
import { invalidArgument, notFound } from '../wire/api-error.js';
import { checkMetadata, checkUserdata } from './custom-data-rules.js';
import type { LiveRegion } from './live-region.js';
import type { RebuildBody } from './rebuild-body.js';
import { checkYesNo } from './rebuild-image-checks.js';

/**
 * Checks the body of a rebuild, in the reference's order: password, Windows rules, number and
 * existence of keys, yes-no words, hostname, metadata, userdata, and that somebody can log in.
 */
export function checkRebuildParameters(region: LiveRegion, osType: 'linux' | 'windows', body: RebuildBody): void {
  const userName = osType === 'windows' ? 'Administrator' : 'root';
  if (body.password && passwordProblems(body.password, userName).length > 0) throw invalidArgument('Invalid password');
  if (osType === 'windows') checkWindows(body);
  checkKeys(region, body.keyNames ?? []);
  checkYesNo('passWordAuth', body.passWordAuth);
  checkYesNo('imageInherit', body.imageInherit);
  if (body.hostname && hostnameProblem(body.hostname, osType) !== null) throw invalidArgument('Invalid hostname');
  checkMetadata(body.metadata ?? []);
  checkUserdata(body.userdata ?? []);
  if (region.world.assumptions.loginRequired) checkLogin(body);
}

function checkWindows({ password, keyNames, passWordAuth, imageInherit }: RebuildBody): void {
  if (keyNames != null && keyNames.length > 0) throw invalidArgument('Keypair is not supported for windows');
  if (passWordAuth === 'no') throw invalidArgument('PassWordAuth must be yes for windows');
  if (!password && imageInherit !== 'yes') throw invalidArgument('Parameter password missing for windows');
}

function checkKeys(region: LiveRegion, keyNames: readonly string[]): void {
  if (keyNames.length > 1) throw invalidArgument('Only one keypair is supported');
  const unknown = keyNames.find((name) => !region.keypairs.some(({ keyName }) => keyName === name));
  if (unknown !== undefined) throw notFound(`Keypair '${unknown}' not found`);
}

function checkLogin({ password, keyNames, imageInherit }: RebuildBody): void {
  if (password || imageInherit === 'yes' || (keyNames ?? []).length > 0) return;
  throw invalidArgument('Parameter password, keyNames or imageInherit missing');
}
