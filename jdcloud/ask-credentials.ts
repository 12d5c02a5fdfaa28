import { callName, factsWithoutAnswer, oneLine } from './api-call.js';
import type { ApiCall } from './api-call.js';
import type { CredentialProvider } from './credentials.js';
import type { Credentials, TurnedDown } from './credential-source.js';
import { CredentialsError } from './errors.js';

/**
 * Asks the provider for the credentials of one call. Throws a CredentialsError with what the provider said.
 * @param after - what JD Cloud said to the call when it was signed with the last ones; null before it was sent
 */
export async function askCredentials(
  call: ApiCall<unknown>,
  provider: CredentialProvider,
  after: TurnedDown | null,
): Promise<Credentials> {
  try {
    return await provider(after === null ? {} : { after });
  } catch (error) {
    const why = error instanceof Error ? error.message : 'the credential provider failed';
    const facts = factsWithoutAnswer(call, { mayHaveArrived: false });
    throw new CredentialsError(`${callName(call)}: not sent, ${oneLine(why)}`, facts);
  }
}

/** Whether two credentials would sign alike. */
export function areSameCredentials(one: Credentials, other: Credentials): boolean {
  return (
    one.accessKey === other.accessKey && one.secretKey === other.secretKey && one.sessionToken === other.sessionToken
  );
}
