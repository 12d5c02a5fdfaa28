import { createEnvSecretReader } from './env-secret.js';
import { readExecSecret } from './exec-secret.js';
import { readFileSecret } from './file-secret.js';
import { createSecretResolver, type SecretResolver } from './resolver.js';

/** Reads references of every scheme in this process. @param env - where `env:` references are looked up */
export function secretResolverOf(env: NodeJS.ProcessEnv): SecretResolver {
  return createSecretResolver({ env: createEnvSecretReader(env), file: readFileSecret, exec: readExecSecret });
}
