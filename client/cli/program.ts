import { Command } from 'commander';
import type { Io } from './io/deps.js';
import { usageText } from './io/text.js';
import { addCommands, type CommandEntry, type Parsing } from './options/command-table.js';

const EXITS = `
Exit codes:
  0 done, or started with --detach    4 cancelled, aborted, rejected, or not confirmed
  1 unexpected error                  5 busy, frozen, or it waits for no such decision
  2 invalid input or usage            6 no such VM, fleet or schedule, or no rebuild
  3 failed, or refused by validation  7 Temporal, a worker or JD Cloud not reachable
  130 you stopped watching by Ctrl-C; the rebuild goes on. Before its start: nothing was touched

Temporal is found by TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY or temporal.toml.

Examples:
  $ reimage rebuild i-8cjmd27n1s --region cn-north-1 --image img-m5s0000029 --key ops
  $ reimage doctor`;

/** In the order of the help. */
const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'rebuild',
    description: 'Rebuild one VM: stop it, put a fresh system disk on it, start it, verify it',
    load: async () => (await import('./commands/rebuild.js')).defineRebuild,
  },
  {
    name: 'status',
    description: 'Show where the rebuild of a VM is, or how the last one ended',
    load: async () => (await import('./commands/status.js')).defineStatus,
  },
  {
    name: 'watch',
    description: 'Follow the rebuild of a VM to its end, or show how the last one ended',
    load: async () => (await import('./commands/status.js')).defineWatch,
  },
  {
    name: 'decide',
    description: 'Decide a held rebuild, and follow it to its end',
    load: async () => (await import('./commands/decide.js')).defineDecide,
  },
  {
    name: 'rollback',
    description: 'Put a VM back to what it was before its last rebuild, also after that has ended',
    load: async () => (await import('./commands/rollback.js')).defineRollback,
  },
  {
    name: 'cancel',
    description: 'Cancel the rebuild of a VM and wait for its end',
    load: async () => (await import('./commands/cancel.js')).defineCancel,
  },
  {
    name: 'list',
    description: 'List rebuilds, under way and ended',
    load: async () => (await import('./commands/list.js')).defineList,
  },
  {
    name: 'fleet',
    description: 'Reimage a fleet: many VMs onto one image, wave by wave',
    load: async () => (await import('./commands/fleet/fleet.js')).defineFleet,
  },
  {
    name: 'schedule',
    description: 'Reimage a fleet again and again, at times that you say',
    load: async () => (await import('./commands/schedule/schedule.js')).defineSchedule,
  },
  {
    name: 'freeze',
    description: 'Let no rebuild begin in the namespace; those under way finish',
    load: async () => (await import('./commands/freeze.js')).defineFreeze,
  },
  {
    name: 'unfreeze',
    description: 'Let rebuilds begin again',
    load: async () => (await import('./commands/freeze.js')).defineUnfreeze,
  },
  {
    name: 'backups',
    description: 'List the backups that rebuilds have made, and delete old ones',
    load: async () => (await import('./commands/backups.js')).defineBackups,
  },
  {
    name: 'worker',
    description: 'Run a worker, which does what rebuilds ask for',
    load: async () => (await import('./commands/worker.js')).defineWorker,
  },
  {
    name: 'simulator',
    description: "Run a simulator of JD Cloud's VM API",
    load: async () => (await import('./commands/simulator.js')).defineSimulator,
  },
  {
    name: 'codec-server',
    description: "Decrypt payloads for Temporal's UI and CLI",
    load: async () => (await import('./commands/codec-server.js')).defineCodecServer,
  },
  {
    name: 'codec',
    description: 'Change the key that payloads are encrypted by',
    load: async () => (await import('./commands/codec.js')).defineCodec,
  },
  {
    name: 'doctor',
    description: 'Check everything that a rebuild needs',
    load: async () => (await import('./commands/doctor/doctor.js')).defineDoctor,
  },
];

/**
 * The parser of the CLI: it understands arguments and does nothing.
 * @param parsing.words - what is typed; null for a parser of whatever may be
 * @throws CommanderError when it parses usage errors, help and version
 */
export async function buildProgram(parsing: Parsing, io: Pick<Io, 'out' | 'err'>, version: string): Promise<Command> {
  const program = new Command('reimage')
    .description('Puts a fresh system image on JD Cloud VMs, durably. A rebuild erases the system disk.')
    .version(version)
    .addHelpText('after', EXITS)
    .showHelpAfterError('(see --help)')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
      outputError: (text, write) => write(usageText(text)),
    });
  await addCommands(program, COMMANDS, { ...parsing, words: parsing.words?.filter(isWord) ?? null });
  for (const command of withSubcommands(program)) command.exitOverride();
  return program;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function isWord(typed: string): boolean {
  return !typed.startsWith('-');
}
