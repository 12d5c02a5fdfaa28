import type { Command } from 'commander';
import type { FleetUpdateName } from '../../../contracts/fleet/fleet-control.js';
import type { CommandName, Dispatch } from '../command-names.js';
import { aboutOne } from './fleet-run-commands.js';
import { neededOption } from '../needed-option.js';

type Act = { readonly command: CommandName; readonly act: FleetUpdateName; readonly example: string };

const COMMON = 'Exit code 5 when it cannot be done now, or the fleet has ended; 6: no such fleet.';

const GATE_OPTION = "the gate that you mean, as `fleet status` names it: 'after the canary', 'before wave 2'";
const GATE_MEANT = `Without --gate the open gate is shown, and you type its name; a script has to name it. One that is not
open is refused: whoever answered it first has done so, and nobody has looked at the next one.`;
const PAUSE_MEANT = `Without --pause the present pause is shown, and you type its number; a script has to name it. A later one,
which nobody has looked at, goes on.`;

type Add = (description: string, act: Act, more: string) => Command;

/** Adds the commands that do something to a running fleet. */
export function addFleetControlCommands(fleet: Command, dispatch: Dispatch): void {
  const add: Add = (description, act, more) => addAct(fleet, dispatch, description, act, more);
  addPauses(add);
  addGates(add);
  add(
    'End a fleet; running rebuilds finish',
    { command: 'fleet abort', act: 'abort', example: 'web-2026-12 --now --reason "wrong image"' },
    'No rebuild is broken off after its rebuild call, with --now neither.',
  ).option('--now', 'cancel the rebuilds that have not passed their rebuild call');
  add(
    'Change limits of the rest of a fleet',
    { command: 'fleet set', act: 'set', example: 'web-2026-12 --max-unavailable 20 --reason "night"' },
    'Whole numbers of VMs of the whole fleet; limits per zone, tag and wave stay.',
  )
    .option('--max-unavailable <number>', 'VMs that may be unavailable at a time')
    .option('--max-failures <number>', 'failures that are borne in all')
    .option('--max-held <number>', 'VMs that may be held at a time');
  add(
    'Take VMs out of a fleet that it has not started',
    { command: 'fleet skip', act: 'skip', example: 'web-2026-12 i-8cjmd27n1s --reason "owner asked"' },
    '`fleet retry` does not take them up either.',
  ).argument('<vms...>', 'VM ids');
  add(
    'Put VMs that have failed back in the queue of a running fleet',
    { command: 'fleet retry-failed', act: 'retryFailed', example: 'web-2026-12 --reason "quota raised"' },
    'Those named, or all that have failed by now: they are shown, and none that fails later is. After its end `fleet retry` starts a new fleet of them.',
  ).argument('[vms...]', 'VM ids');
}

function addPauses(add: Add): void {
  add(
    'Start no VM any more; running rebuilds finish',
    { command: 'fleet pause', act: 'pause', example: 'web-2026-12 --reason "alerts in zone b"' },
    'Ends by `fleet resume`. Gates and deadlines go on meanwhile.',
  );
  const bears =
    'Of a pause that the budget has made the failures until now are then borne: they count no more against it.';
  add(
    'End a pause, also one that the failure budget has made',
    { command: 'fleet resume', act: 'resume', example: 'web-2026-12 --pause 1 --reason "b is well again"' },
    `${bears}\n${PAUSE_MEANT}`,
  ).option('--pause <number>', 'the pause that you mean, by its number in `fleet status`');
}

function addGates(add: Add): void {
  const example = (reason: string) => `web-2026-12 --gate 'after the canary' --reason "${reason}"`;
  add(
    'Open the gate that a fleet waits at',
    { command: 'fleet approve', act: 'approve', example: example('canary is well') },
    `The fleet is shown, and approved by the digest of its plan; with --digest that one must be it.\n${GATE_MEANT}`,
  )
    .option('--gate <name>', GATE_OPTION)
    .option('--digest <digest>', 'the digest that you have seen, whole');
  add(
    'End a fleet at its gate; VMs that are done stay as they are',
    { command: 'fleet reject', act: 'reject', example: example('canary is slow') },
    `What was moved is put back by \`fleet rollback\`.\n${GATE_MEANT}`,
  ).option('--gate <name>', GATE_OPTION);
}

function addAct(fleet: Command, dispatch: Dispatch, description: string, { command, act, example }: Act, more: string) {
  const [, name = ''] = command.split(' ');
  return aboutOne(fleet, name, description)
    .addOption(neededOption('--reason <text>', 'why; goes on the record'))
    .option('--by <name>', 'who asks; goes on the record (default: USER)')
    .option('--request-id <id>', 'your id of this act; makes the command safe to repeat')
    .addHelpText('after', `\n${more}\n${COMMON}\n\nExample:\n  $ reimage fleet ${name} ${example}`)
    .action((...words: unknown[]) => dispatch(command, rawOf(act, words)));
}

/** commander hands over the arguments, then the options, then itself. */
function rawOf(act: FleetUpdateName, words: readonly unknown[]): Readonly<Record<string, unknown>> {
  const [fleet, ...rest] = words.slice(0, -1);
  const options = rest.at(-1);
  const vms = rest.length > 1 ? rest[0] : undefined;
  return { fleet, act, ...(vms !== undefined && { vms }), ...(typeof options === 'object' ? options : {}) };
}
