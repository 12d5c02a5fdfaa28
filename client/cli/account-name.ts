import { userInfo } from 'node:os';
import type { Env } from './cli-deps.js';

/**
 * The environment, with the name of the account as `USER` where nothing tells who asks, as under cron or `kubectl exec`: the
 * commands that we print must work there too. An account without a name is called by its number.
 */
export function withAccount(env: Env, account: () => string = accountName): Env {
  return env['USER'] || env['LOGNAME'] ? env : { ...env, USER: account() };
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
