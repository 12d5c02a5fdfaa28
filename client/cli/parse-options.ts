import type * as z from 'zod';
import type { CliDeps } from './cli-deps.js';
import type { CliCommand, CommandName } from './command-names.js';
import { parseInput } from '../parse-input.js';
import { firstWordOf, namingOptions, optionNamed } from './naming-options.js';

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
