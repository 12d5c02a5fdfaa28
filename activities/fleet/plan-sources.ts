import { parseSecretRef } from '../../contracts/secret-ref.js';
import type { VmReader } from '../../jdcloud/reader.js';
import type { Instance } from '../../jdcloud/schemas.js';
import type { SecretReader } from '../../secrets/secret-reader.js';
import type { FactSources } from '../checks/read-facts.js';

/**
 * What the facts of a page of VMs are read from, without what ten thousand VMs would ask for over and over: a VM that
 * has been read is not read again, and a password that is the same for all is looked up once.
 */
export function planSources({ reader, secrets }: FactSources, read: ReadonlyMap<string, Instance>): FactSources {
  return { reader: readerOver(reader, read), secrets: { ...secrets, peek: peekOnce(secrets) } };
}

function readerOver(reader: VmReader, read: ReadonlyMap<string, Instance>): VmReader {
  return {
    ...reader,
    instance: async (vm, options) => read.get(vm.instanceId) ?? (await reader.instance(vm, options)),
  };
}

/** A secret that is there is the same for every VM; where one would be generated, its sink may depend on the VM. */
function peekOnce(secrets: SecretReader): SecretReader['peek'] {
  const known = new Map<string, Promise<string | null>>();
  return (ref, vm) => {
    if (parseSecretRef(ref).scheme === 'generate') return secrets.peek(ref, vm);
    const peeked = known.get(ref) ?? secrets.peek(ref, vm);
    known.set(ref, peeked);
    return peeked;
  };
}
