import type { SecretScheme } from './scheme.js';
import { SecretError } from './secret-error.js';

/** `env:NAME`: a variable of the process that reads. */
export const envSecret: SecretScheme = {
  read: async (name, { env, where }) => {
    const value = env[name];
    if (value === undefined) throw new SecretError(`the variable that the env: reference names is not set ${where}`);
    return value;
  },
};
