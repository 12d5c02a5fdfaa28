import { Command } from 'commander';
import type { Io } from './cli-deps.js';
import type { Dispatch } from './command-names.js';
import { addBackupsCommand } from './commands/backups-command.js';
import { addCancelCommand } from './commands/cancel-command.js';
import { addCodecCommands } from './commands/codec-command.js';
import { addCodecServerCommand } from './commands/codec-server-command.js';
import { addDecideCommand } from './commands/decide-command.js';
import { addDoctorCommand } from './commands/doctor-command.js';
import { addFleetCommands } from './commands/fleet-commands.js';
import { addFreezeCommands } from './commands/freeze-command.js';
import { addListCommand } from './commands/list-command.js';
import { addRebuildCommand } from './commands/rebuild-command.js';
import { addRollbackCommand } from './commands/rollback-command.js';
import { addScheduleCommands } from './commands/schedule-commands.js';
import { addSimulatorCommand } from './commands/simulator-command.js';
import { addStatusCommand } from './commands/status-command.js';
import { addWatchCommand } from './commands/watch-command.js';
import { addWorkerCommand } from './commands/worker-command.js';
import { usageText } from './usage-text.js';

const EXITS = `
Exit codes:
  0 done, or started with --detach    4 cancelled, aborted, rejected, or not confirmed
  1 unexpected error                  5 busy, frozen, or it waits for no such decision
  2 invalid input or usage            6 no such VM, fleet or schedule, or no rebuild
  3 failed, or refused by validation  7 Temporal, a worker or JD Cloud not reachable
  130 you stopped watching by Ctrl-C; the rebuild goes on

Temporal is found by TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY or temporal.toml.

Examples:
  $ reimage rebuild i-8cjmd27n1s --region cn-north-1 --image img-m5s0000029 --key ops
  $ reimage doctor`;

/** The parser of the CLI: it understands arguments and does nothing. @throws CommanderError on usage errors, help and version */
export function buildProgram(dispatch: Dispatch, io: Pick<Io, 'out' | 'err'>, version: string): Command {
  const program = new Command('reimage')
    .description('Puts a fresh system image on JD Cloud VMs, durably. A rebuild erases the system disk.')
    .version(version)
    .addHelpText('after', EXITS)
    .showHelpAfterError('(see --help)')
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
      outputError: (text, write) => write(usageText(text)),
    });
  for (const add of [
    addRebuildCommand,
    addStatusCommand,
    addWatchCommand,
    addDecideCommand,
    addRollbackCommand,
    addCancelCommand,
    addListCommand,
    addFleetCommands,
    addScheduleCommands,
    addFreezeCommands,
    addBackupsCommand,
    addWorkerCommand,
    addSimulatorCommand,
    addCodecServerCommand,
    addCodecCommands,
    addDoctorCommand,
  ]) {
    add(program, dispatch);
  }
  for (const command of withSubcommands(program)) command.exitOverride();
  return program;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
