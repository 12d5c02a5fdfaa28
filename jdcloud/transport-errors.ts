import * as z from 'zod';
import { callName, factsWithoutAnswer, oneLine } from './api-call.js';
import type { ApiCall } from './api-call.js';
import { UnavailableError } from './errors.js';

// Name resolution and refused connections: nothing of the call left this machine.
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']);

// What Node's network errors and axios' wrappers may carry.
const Faults = z.looseObject({
  message: z.string().optional().catch(undefined),
  code: z.string().optional().catch(undefined),
  syscall: z.string().optional().catch(undefined),
  errors: z.array(z.unknown()).optional().catch(undefined),
  cause: z.unknown().optional(),
});

/**
 * The error of a call that got no whole answer. Its cause is a plain Error with code and message:
 * what axios throws holds the signed headers and the body.
 */
export function transportError(
  call: ApiCall<unknown>,
  { host, thrown, sent }: { readonly host: string; readonly thrown: unknown; readonly sent: boolean },
): UnavailableError {
  const { message, code } = Faults.safeParse(thrown).data ?? {};
  const text = oneLine(message ?? '') || (code ?? 'for an unknown reason');
  const what = code === undefined || text.includes(code) ? text : `${text} (${code})`;
  return new UnavailableError(
    `${callName(call)}: no whole answer came from ${host}, ${what}`,
    factsWithoutAnswer(call, { mayHaveArrived: sent && !neverConnected(thrown) }),
    { cause: Object.assign(new Error(text), code === undefined ? {} : { code }) },
  );
}

/** The error of a call that took longer than it may. Once the request was begun it may have arrived. */
export function timeoutError(
  call: ApiCall<unknown>,
  { what, timeoutMs, sent }: { what: string; timeoutMs: number; sent: boolean },
): UnavailableError {
  return new UnavailableError(
    `${callName(call)}: ${what} within ${timeoutMs} ms`,
    factsWithoutAnswer(call, { mayHaveArrived: sent }),
  );
}

// Node tries several addresses and then throws an AggregateError, which axios wraps.
function neverConnected(thrown: unknown): boolean {
  const { syscall, code, errors, cause } = Faults.safeParse(thrown).data ?? {};
  if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
  if (errors !== undefined && errors.length > 0) return errors.every(neverConnected);
  if (code !== undefined && NEVER_CONNECTED.has(code)) return true;
  return cause !== undefined && neverConnected(cause);
}
