import type * as z from 'zod';
import { ReimageInvalidInputError } from '../../connection/errors.js';
import { parseInput } from '../../connection/parse-input.js';
import type { CliDeps } from '../io/deps.js';
import type { CliCommand, CommandName } from './command-table.js';

/** What is written without an option. */
const ARGUMENTS = ['instance', 'fleet', 'vms', 'file'];

/** Parses what stands on a command line. @throws ReimageInvalidInputError naming the option as it is written there */
export function parseOptions<T extends z.ZodType>(schema: T, raw: unknown): z.output<T> {
  return namingOptions(
    () => parseInput(schema, raw),
    (field) => {
      const name = firstWordOf(field);
      return ARGUMENTS.includes(name) ? `<${name}>` : optionNamed(name);
    },
  );
}

/** A command that runs once its options are parsed; a wrong one is named as it is typed. */
export function cliCommand<T extends z.ZodType>(
  name: CommandName,
  options: T,
  run: (options: z.output<T>, deps: CliDeps) => Promise<number>,
): CliCommand {
  return { name, run: (raw, deps) => run(parseOptions(options, raw), deps) };
}

/** What the person wrote for a field of the contract; undefined: nothing of its own. */
export type OptionBehind = (field: string) => string | undefined;

/**
 * Parses what options have become: an error that names a field names the option behind it too.
 * @throws ReimageInvalidInputError, and whatever else `parse` throws
 */
export function namingOptions<T>(parse: () => T, optionBehind: OptionBehind): T {
  try {
    return parse();
  } catch (error) {
    return rethrowNaming(error, optionBehind);
  }
}

/** Throws an error, with the option behind each field that it names. */
export function rethrowNaming(error: unknown, optionBehind: OptionBehind): never {
  if (!(error instanceof ReimageInvalidInputError)) throw error;
  const named = (text: string, field: string): string => {
    const option = optionBehind(field);
    return option === undefined ? text : `${text} (${option})`;
  };
  const { message, field, problems } = error;
  if (problems.length === 0) throw new ReimageInvalidInputError(named(message, field), field);
  const what = message.slice(0, message.indexOf(': '));
  throw ReimageInvalidInputError.listing(
    what,
    problems.map((each) => ({ field: each.field, text: named(each.text, each.field) })),
  );
}

/** How an option is written: `maxHeld` is `--max-held`. */
export function optionNamed(name: string): string {
  return `--${name.replace(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`)}`;
}

/** The first word of a field's path, which tells the option where a table has one for it. */
export function firstWordOf(field: string): string {
  return field.split('.')[0] ?? '';
}
