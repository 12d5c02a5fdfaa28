import type { FoundCredentials } from '../../../jdcloud/credential-source.js';
import { fail, ok, warn, type Check } from './check.js';

/** How to have credentials that renew. */
const RENEWING = 'Let a command renew them, JDCLOUD_CREDENTIALS_COMMAND, or keep them in a profile of `jdc`.';

/** Says where the credentials come from and when they expire, and never what they are. */
export async function checkCredentials(provide: () => Promise<FoundCredentials>, now: () => Date): Promise<Check> {
  try {
    return judged(await provide(), now());
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return fail('credentials', 'refused', message, 'Correct the JDCLOUD_* variable, the profile or the command.');
  }
}

function judged({ from, expiresAt, sessionToken, renews }: FoundCredentials, now: Date): Check {
  const token = sessionToken === undefined ? '' : ', with a session token';
  if (expiresAt === null) {
    if (sessionToken === undefined) return ok('credentials', `from ${from}; they do not expire`);
    const said = `from ${from}${token}; when it expires is not told`;
    return renews ? ok('credentials', said) : warn('credentials', `${said}, and no other can be had`, RENEWING);
  }
  const minutes = Math.round((Date.parse(expiresAt) - now.getTime()) / 60_000);
  if (minutes < 0)
    return warn('credentials', `from ${from}${token}; expired at ${expiresAt}`, `Renew them there. ${RENEWING}`);
  return ok('credentials', `from ${from}${token}; good until ${expiresAt}, in ${minutes} min`);
}
