import type * as z from 'zod';
import { parseInput } from '../parse-input.js';
import { ReimageInvalidInputError } from '../reimage-errors.js';

/** What is written without an option. */
const ARGUMENTS = ['instance', 'fleet', 'vms'];

/** Parses what stands on a command line. @throws ReimageInvalidInputError naming the option as it is written there */
export function parseOptions<T extends z.ZodType>(schema: T, raw: unknown): z.output<T> {
  try {
    return parseInput(schema, raw);
  } catch (error) {
    if (!(error instanceof ReimageInvalidInputError)) throw error;
    const [name = ''] = error.field.split('.');
    const option = ARGUMENTS.includes(name)
      ? `<${name}>`
      : `--${name.replace(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`)}`;
    throw new ReimageInvalidInputError(`${error.message} (${option})`, error.field);
  }
}
