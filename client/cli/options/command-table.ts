import { type Command, Option } from 'commander';
import type { CliDeps } from '../io/deps.js';

/** All commands, in the order of the help; of those that come in families, each by both words. */
export const COMMANDS = [
  'rebuild',
  'status',
  'watch',
  'decide',
  'rollback',
  'cancel',
  'list',
  'fleet plan',
  'fleet show',
  'fleet rehearse',
  'fleet start',
  'fleet status',
  'fleet watch',
  'fleet list',
  'fleet pause',
  'fleet resume',
  'fleet approve',
  'fleet reject',
  'fleet abort',
  'fleet set',
  'fleet skip',
  'fleet retry-failed',
  'fleet retry',
  'fleet rollback',
  'fleet report',
  'schedule create',
  'schedule list',
  'schedule describe',
  'schedule pause',
  'schedule resume',
  'schedule trigger',
  'schedule delete',
  'schedule next',
  'freeze',
  'unfreeze',
  'backups list',
  'backups prune',
  'worker',
  'simulator',
  'codec-server',
  'codec rotate',
  'doctor',
] as const;
export type CommandName = (typeof COMMANDS)[number];

/** A command that does something, by what the parser has understood of its command line. */
export interface CliCommand {
  readonly name: CommandName;
  /** Gives the exit code. @throws ReimageError */
  readonly run: (raw: RawOptions, deps: CliDeps) => Promise<number>;
}

/** Options by name and arguments by theirs, as they were typed. */
export type RawOptions = Readonly<Record<string, unknown>>;

/** Takes the command that was typed. */
export type Dispatch = (command: CliCommand, raw: RawOptions) => Promise<void>;

/** What defining commands takes. */
export interface Parsing {
  readonly dispatch: Dispatch;
  /** The words of the command line from the next command's name on; null to define all commands. */
  readonly words: readonly string[] | null;
}

/** A command, or a family of them, that is loaded when it is named. */
export interface CommandEntry {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<(command: Command, parsing: Parsing) => void | Promise<void>>;
}

/**
 * Adds commands to the program or to a family. Of those that are not named there is only what the help of their parent
 * shows: what a command imports takes longer to load than all the rest of the parser.
 */
export async function addCommands(
  parent: Command,
  entries: readonly CommandEntry[],
  { dispatch, words }: Parsing,
): Promise<void> {
  const [named, ...rest] = words?.filter((word) => word !== 'help') ?? [];
  for (const { name, description, load } of entries) {
    const command = parent.command(name).description(description);
    if (words === null) await (await load())(command, { dispatch, words });
    else if (name === named) await (await load())(command, { dispatch, words: rest });
    else command.action(() => Promise.reject(new Error(`The command ${name} was not loaded.`)));
  }
}

/** How a command prints its result. JSON: exactly one object on stdout, at the end; all else goes to stderr. */
export const OUTPUTS = ['text', 'json'] as const;

export function outputOption(): Option {
  return new Option('--output <format>', 'json: exactly one object on stdout, at the end')
    .choices(OUTPUTS)
    .default('text');
}

/** Whether the arguments ask for JSON, told without parsing them: a usage error must be answered in it too. */
export function asksForJson(argv: readonly string[]): boolean {
  return argv.some((word, index) => word === '--output=json' || (word === '--output' && argv[index + 1] === 'json'));
}
