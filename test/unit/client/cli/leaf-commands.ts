import type { Command } from 'commander';
import { buildProgram } from '../../../../client/cli/program.js';

/** A command that does something, by all of its words: `backups list`. */
export interface LeafCommand {
  readonly name: string;
  readonly command: Command;
}

/** Every command of the CLI that does something, in the order of the help. */
export async function leafCommands(): Promise<LeafCommand[]> {
  const io = { out: () => undefined, err: () => undefined };
  const program = await buildProgram({ dispatch: async () => undefined, words: null }, io, '0.0.0');
  return program.commands.flatMap((command) => leavesOf(command, command.name()));
}

function leavesOf(command: Command, name: string): LeafCommand[] {
  if (command.commands.length === 0) return [{ name, command }];
  return command.commands.flatMap((each) => leavesOf(each, `${name} ${each.name()}`));
}
