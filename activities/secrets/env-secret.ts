import { SecretError, type SecretReader } from './resolver.js';

/** `env:NAME`: a variable of the worker's environment. */
export function createEnvSecretReader(env: NodeJS.ProcessEnv): SecretReader {
  return async (name) => {
    const value = env[name];
    if (value === undefined)
      throw new SecretError(`the variable that the env: reference names is not set on the worker`);
    return value;
  };
}
