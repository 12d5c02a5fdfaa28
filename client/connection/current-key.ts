import { encodeToPayload } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { keyIdOf } from '../../temporal/encryption/payload-codec.js';
import { callTemporal, type ClientContext } from './context.js';

/** The id of the key that encrypts here; null where encryption is off. */
export async function currentKeyOrNull(context: ClientContext): Promise<string | null> {
  const { loadedDataConverter } = context.client.options;
  return keyIdOf(await callTemporal(context, () => encodeToPayload(loadedDataConverter, null)));
}
