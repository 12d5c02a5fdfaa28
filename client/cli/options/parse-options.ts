import { type Command, Option } from 'commander';
import type * as z from 'zod';
import { ReimageInvalidInputError } from '../../connection/errors.js';
import { parseInput } from '../../connection/parse-input.js';
import type { CliDeps } from '../io/deps.js';
import type { CliCommand, CommandName } from './command-table.js';

/**
 * One option of a command, under its name as commander has it (`imageInherit` is `--image-inherit`): how it is explained,
 * what it takes, and the field of a contract that it fills.
 */
export interface OptionRow<S extends z.ZodType = z.ZodType> {
  /** The heading of the help that begins with it. */
  readonly heading?: string;
  /** Another way to write it, as `--by`. */
  readonly alias?: string;
  /** What is written after its name, such as `<id>`. Absent: it is a switch. */
  readonly value?: string;
  readonly help: string;
  /** What a command line gives for it. Without `optional()` it has to be given, or has a default. */
  readonly takes: S;
  readonly choices?: readonly string[];
  readonly default?: string;
  /** It is written as `--no-...`, and true where it is not written. */
  readonly isNegated?: true;
  /** It has to be given, which its help says. */
  readonly isNeeded?: true;
  readonly mayRepeat?: true;
  /** The name of an option that does not go with it. */
  readonly conflicts?: string;
  /** The field that it fills, as a path with dots. Absent: none, or a command fills it itself. */
  readonly field?: string;
  /** The value of the field; by default what was given. */
  toField?(given: NonNullable<z.output<S>>, deps: CliDeps): unknown;
  /** What an error of the field is said to come from. @default the option */
  readonly from?: string;
  /** It goes with an option of the same parent, and is not enough for it. */
  readonly isAddition?: true;
}

/** Options of a command, in the order of its help. */
export type OptionRows = Readonly<Record<string, OptionRow>>;

/** What a command line gives for the options, as the shape of a schema. */
export function shapeOf<R extends OptionRows>(rows: R): { [K in keyof R]: R[K]['takes'] };
export function shapeOf(rows: OptionRows): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(rows).map(([name, { takes }]) => [name, takes]));
}

/** The same options for a contract that has their fields under one of its own. */
export function under<R extends OptionRows>(parent: string, rows: R): R;
export function under(parent: string, rows: OptionRows): OptionRows {
  const nested = ({ field, ...row }: OptionRow) => ({
    ...row,
    ...(field !== undefined && { field: `${parent}.${field}` }),
  });
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, nested(row)]));
}

/** The same options where something else than {@link fieldsOf} fills the fields. */
export function withoutFields<R extends OptionRows>(rows: R): R;
export function withoutFields(rows: OptionRows): OptionRows {
  return Object.fromEntries(Object.entries(rows).map(([name, { field: _field, ...row }]) => [name, row]));
}

/** Adds the options to a command. */
export function addOptions(command: Command, rows: OptionRows): Command {
  for (const [name, row] of Object.entries(rows)) {
    if (row.heading !== undefined) command.optionsGroup(row.heading);
    command.addOption(optionOf(name, row));
  }
  return command;
}

function optionOf(name: string, row: OptionRow): Option {
  const flag = row.isNegated === true ? optionNamed(name).replace('--', '--no-') : optionNamed(name);
  const names = row.alias === undefined ? flag : `${row.alias}, ${flag}`;
  const flags = row.value === undefined ? names : `${names} ${row.value}`;
  const option = row.isNeeded === true ? neededOption(flags, row.help) : new Option(flags, row.help);
  if (row.choices !== undefined) option.choices(row.choices);
  if (row.default !== undefined) option.default(row.default);
  if (row.conflicts !== undefined) option.conflicts(row.conflicts);
  if (row.mayRepeat === true) option.argParser(collect);
  return option;
}

/**
 * An option that has to be given, which its help says. That it is missing the command's schema tells, together with
 * everything else that is wrong: commander would tell it first, and alone.
 */
export function neededOption(flags: string, text: string): Option {
  return new Option(flags, `${text} (required)`);
}

/** Gathers the values of an option that may be repeated. */
export function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

/**
 * The fields that the options stand for; those that were not given are absent. The contract has not seen them yet.
 * @throws ReimageInvalidInputError naming the option
 */
export async function fieldsOf(rows: OptionRows, options: object, deps: CliDeps): Promise<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  const given = new Map(Object.entries(options));
  for (const [name, row] of Object.entries(rows)) {
    const value: unknown = given.get(name);
    if (row.field === undefined || value === undefined || value === null) continue;
    setAt(fields, row.field.split('.'), row.toField === undefined ? value : await row.toField(value, deps));
  }
  return fields;
}

function setAt(fields: Record<string, unknown>, [first = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    fields[first] = value;
    return;
  }
  const inner = fields[first];
  const nested: Record<string, unknown> = typeof inner === 'object' && inner !== null ? { ...inner } : {};
  setAt(nested, rest, value);
  fields[first] = nested;
}

/** The option that fills a field, or a part of it, or that it is a part of; undefined: none of these. */
export function optionFor(rows: OptionRows, field: string): string | undefined {
  const filling = Object.entries(rows).flatMap(([name, row]) =>
    row.field === undefined ? [] : [{ ...row, path: row.field, option: row.from ?? optionNamed(name) }],
  );
  const around = filling.filter(({ path }) => field === path || field.startsWith(`${path}.`));
  const [nearest] = around.toSorted((a, b) => b.path.length - a.path.length);
  if (nearest !== undefined) return nearest.option;
  const isWithin = ({ path, isAddition }: { path: string; isAddition?: true }) =>
    isAddition !== true && path.startsWith(`${field}.`);
  const within = filling.filter(isWithin).map(({ option }) => option);
  const last = within.pop();
  return within.length === 0 ? last : `${within.join(', ')} or ${last}`;
}

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
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The first word of a field's path, which tells the option where a table has one for it. */
export function firstWordOf(field: string): string {
  return field.split('.')[0] ?? '';
}
