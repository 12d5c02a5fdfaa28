import { callName, factsWithoutAnswer, oneLine } from './api-call.js';
import type { ApiCall } from './api-call.js';
import type { CredentialProvider, Credentials } from './credentials.js';
import { CredentialsError } from './errors.js';

/** Asks the provider for the credentials of one call. Throws a CredentialsError with what the provider said. */
export async function askCredentials(
  call: ApiCall<unknown>,
  provider: CredentialProvider,
  refresh: boolean,
): Promise<Credentials> {
  try {
    return await provider({ refresh });
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
