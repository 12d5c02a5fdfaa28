import { parseSinkRef, type SecretSinkName } from '../contracts/secret-ref.js';
import { execSink } from './exec-sink.js';
import { fileSink } from './file-sink.js';
import { generatePassword } from './generate-password.js';
import type { SecretContext, SecretScheme } from './scheme.js';
import { SecretError } from './secret-error.js';
import type { SecretSink, SinkContext } from './sink.js';

/** Every sink there is. */
const SINKS: Readonly<Record<SecretSinkName, SecretSink>> = { file: fileSink, exec: execSink };

/**
 * `generate:SINK`: a new random password each time. It is given only once its sink has it, so that it cannot be lost,
 * and nobody else is told.
 */
export const generatedSecret: SecretScheme = {
  check: async (ref, context) => {
    const { sink, target } = parseSinkRef(ref);
    await SINKS[sink].check(target, forVm(context));
  },

  read: async (ref, context) => {
    const { sink, target } = parseSinkRef(ref);
    const password = generatePassword();
    await SINKS[sink].take(password, target, forVm(context));
    return password;
  },
};

function forVm({ vm, ...context }: SecretContext): SinkContext {
  if (vm === undefined) throw new SecretError('only the password of a VM can be generated');
  return { ...context, vm };
}
