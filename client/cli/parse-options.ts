import type * as z from 'zod';
import { parseInput } from '../parse-input.js';
import { ReimageInvalidInputError } from '../reimage-errors.js';

/** Parses what stands on a command line. @throws ReimageInvalidInputError naming the option as it is written there */
export function parseOptions<T extends z.ZodType>(schema: T, raw: unknown): z.output<T> {
  try {
    return parseInput(schema, raw);
  } catch (error) {
    if (!(error instanceof ReimageInvalidInputError)) throw error;
    const [name = ''] = error.field.split('.');
    const option =
      name === 'instance' ? '<instance>' : `--${name.replace(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`)}`;
    throw new ReimageInvalidInputError(`${error.message} (${option})`, error.field);
  }
}
