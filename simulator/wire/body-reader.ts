import type * as z from 'zod';
import { invalidArgument } from './api-error.js';
import type { ApiCall } from './api-call.js';

/** The Go and Python SDKs repeat path parameters in the body. */
const REPEATED = ['regionId', 'instanceId'];

/**
 * Reads a body by its schema. Keys that nobody knows are let pass and entered in the journal as
 * warnings; wrong types are 400 INVALID_ARGUMENT.
 */
export function readBody<S extends z.ZodObject>(
  schema: S,
  { body, warn }: Pick<ApiCall, 'body' | 'warn'>,
): z.output<S> {
  for (const key of Object.keys(body)) {
    if (!Object.hasOwn(schema.shape, key) && !REPEATED.includes(key)) warn(`unknown body key ${key}`);
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalidArgument(`Invalid parameter '${parsed.error.issues[0]?.path.join('.') ?? ''}'`);
}
