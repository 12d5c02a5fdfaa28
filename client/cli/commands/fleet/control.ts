import type { Command } from 'commander';
import * as z from 'zod';
import type { AuditEntry, FleetUpdateName } from '../../../../contracts/fleet/fleet-control.js';
import { MAX_FLEET } from '../../../../contracts/fleet/rollout-policy.js';
import { InstanceId } from '../../../../contracts/ids.js';
import { oneLine as OneLine } from '../../../../contracts/text.js';
import type { FleetOperation } from '../../../fleets/operation.js';
import type { CliDeps, CliFleets } from '../../io/deps.js';
import { OK } from '../../io/exit-codes.js';
import type { CommandName, Parsing } from '../../options/command-table.js';
import { aboutOneFleet, fleetNamed, FleetOptions, fleetWords } from '../../options/fleet.js';
import { cliCommand, neededOption } from '../../options/parse-options.js';
import { whoAsksFor } from '../../options/vm.js';
import { auditEntryText, renderFleet } from '../../render/fleet.js';
import { failedNow, gateMeant, pauseMeant } from './what-is-meant.js';

const COMMON = 'Exit code 5 when it cannot be done now, or the fleet has ended; 6: no such fleet.';

const GATE_OPTION = "the gate that you mean, as `fleet status` names it: 'after the canary', 'before wave 2'";
const GATE_MEANT = `Without --gate the open gate is shown, and you type its name; a script has to name it. One that is not
open is refused: whoever answered it first has done so, and nobody has looked at the next one.`;
const PAUSE_MEANT = `Without --pause the present pause is shown, and you type its number; a script has to name it. A later one,
which nobody has looked at, goes on.`;

/** Defines `reimage fleet pause`. */
export function defineFleetPause(command: Command, parsing: Parsing): void {
  addAct(command, parsing, {
    name: 'fleet pause',
    act: 'pause',
    more: 'Ends by `fleet resume`. Gates and deadlines go on meanwhile.',
    example: 'web-2026-12 --reason "alerts in zone b"',
  });
}

/** Defines `reimage fleet resume`. */
export function defineFleetResume(command: Command, parsing: Parsing): void {
  const bears =
    'Of a pause that the budget has made the failures until now are then tolerated: they count no more against it.';
  addAct(command, parsing, {
    name: 'fleet resume',
    act: 'resume',
    more: `${bears}\n${PAUSE_MEANT}`,
    example: 'web-2026-12 --pause 1 --reason "b is well again"',
  }).option('--pause <number>', 'the pause that you mean, by its number in `fleet status`');
}

/** Defines `reimage fleet approve`. */
export function defineFleetApprove(command: Command, parsing: Parsing): void {
  addAct(command, parsing, {
    name: 'fleet approve',
    act: 'approve',
    more: `The fleet is shown, and approved by the digest of its plan; with --digest that one must be it.\n${GATE_MEANT}`,
    example: `web-2026-12 --gate 'after the canary' --reason "canary is well"`,
  })
    .option('--gate <name>', GATE_OPTION)
    .option('--digest <digest>', 'the digest that you have seen, whole');
}

/** Defines `reimage fleet reject`. */
export function defineFleetReject(command: Command, parsing: Parsing): void {
  addAct(command, parsing, {
    name: 'fleet reject',
    act: 'reject',
    more: `What was moved is put back by \`fleet rollback\`.\n${GATE_MEANT}`,
    example: `web-2026-12 --gate 'after the canary' --reason "canary is slow"`,
  }).option('--gate <name>', GATE_OPTION);
}

/** Defines `reimage fleet abort`. */
export function defineFleetAbort(command: Command, parsing: Parsing): void {
  addAct(command, parsing, {
    name: 'fleet abort',
    act: 'abort',
    more: 'No rebuild is broken off after its rebuild call, with --now neither.',
    example: 'web-2026-12 --now --reason "wrong image"',
  }).option('--now', 'cancel the rebuilds that have not passed their rebuild call');
}

/** Defines `reimage fleet set`. */
export function defineFleetSet(command: Command, parsing: Parsing): void {
  addAct(command, parsing, {
    name: 'fleet set',
    act: 'set',
    more: 'Whole numbers of VMs of the whole fleet; limits per zone, tag and wave stay.',
    example: 'web-2026-12 --max-unavailable 20 --reason "night"',
  })
    .option('--max-unavailable <number>', 'VMs that may be unavailable at a time')
    .option('--max-failures <number>', 'failures tolerated in total')
    .option('--max-held <number>', 'VMs that may be held at a time');
}

/** Defines `reimage fleet skip`. */
export function defineFleetSkip(command: Command, parsing: Parsing): void {
  addAct(command, parsing, {
    name: 'fleet skip',
    act: 'skip',
    more: '`fleet retry` does not take them up either.',
    example: 'web-2026-12 i-8cjmd27n1s --reason "owner asked"',
  }).argument('<vms...>', 'VM ids');
}

/** Defines `reimage fleet retry-failed`. */
export function defineFleetRetryFailed(command: Command, parsing: Parsing): void {
  addAct(command, parsing, {
    name: 'fleet retry-failed',
    act: 'retryFailed',
    more: 'Those named, or all that have failed by now: they are shown, and none that fails later is. After its end `fleet retry` starts a new fleet of them.',
    example: 'web-2026-12 --reason "quota raised"',
  }).argument('[vms...]', 'VM ids');
}

interface Act {
  readonly name: CommandName;
  readonly act: FleetUpdateName;
  readonly more: string;
  readonly example: string;
}

function addAct(command: Command, { dispatch }: Parsing, { name, act, more, example }: Act): Command {
  const whole = cliCommand(name, FleetControlOptions, runFleetControl);
  return aboutOneFleet(command)
    .addOption(neededOption('--reason <text>', 'why; goes on the record'))
    .option('--by <name>', 'who asks; goes on the record (default: USER)')
    .option('--request-id <id>', 'your id of this act; makes the command safe to repeat')
    .addHelpText('after', `\n${more}\n${COMMON}\n\nExample:\n  $ reimage ${name} ${example}`)
    .action((...words: unknown[]) => dispatch(whole, rawOf(act, words)));
}

/** commander hands over the arguments, then the options, then itself. */
function rawOf(act: FleetUpdateName, words: readonly unknown[]): Readonly<Record<string, unknown>> {
  const [fleet, ...rest] = words.slice(0, -1);
  const options = rest.at(-1);
  const vms = rest.length > 1 ? rest[0] : undefined;
  return { fleet, act, ...(vms !== undefined && { vms }), ...(typeof options === 'object' ? options : {}) };
}

const number = (least: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(least).max(MAX_FLEET))
    .optional();

/** What stands on the command line of an act on a fleet; each command offers what its act takes. */
export const FleetControlOptions = FleetOptions.extend({
  act: z.enum(['pause', 'resume', 'approve', 'reject', 'abort', 'set', 'skip', 'retryFailed']),
  reason: OneLine(512),
  by: OneLine(128).optional(),
  requestId: OneLine(128).optional(),
  now: z.boolean().default(false),
  digest: z.string().optional(),
  gate: OneLine(512).optional(),
  pause: number(1),
  maxUnavailable: number(1),
  maxFailures: number(0),
  maxHeld: number(0),
  vms: z.array(InstanceId).max(MAX_FLEET).optional(),
}).refine((options) => options.act !== 'set' || Object.keys(limitsIn(options)).length > 0, {
  path: ['maxUnavailable'],
  message: 'changes nothing: give --max-unavailable, --max-failures or --max-held',
});
export type FleetControlOptions = z.output<typeof FleetControlOptions>;

/** Does one thing to a fleet, and says that it was done. @throws ReimageError */
export async function runFleetControl(options: FleetControlOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const by = whoAsksFor(options.by, deps.env, '--by');
  const named = fleetNamed(options, deps);
  await using client = await deps.connect();
  const fleet = await client.fleets.get(named);
  if (SHOWN.includes(options.act)) for (const line of renderFleet(fleet, io.now())) io.err(line);
  const auditEntry = await SENDS[options.act](client.fleets, {
    fleet,
    options,
    who: { by, reason: options.reason },
    deps,
  });
  if (options.output === 'json') {
    io.out(JSON.stringify({ outcome: 'taken', fleetId: fleet.fleetId, regionId: fleet.regionId, auditEntry }));
  } else io.out(`${fleet.fleetId}: ${auditEntryText(auditEntry)}`);
  io.err(`Follow it: reimage fleet watch ${fleetWords(fleet)}`);
  return OK;
}

/** Acts that answer what the fleet stands at now: that is shown before. */
const SHOWN: readonly FleetUpdateName[] = ['approve', 'reject', 'resume'];

interface Asked {
  readonly fleet: FleetOperation;
  readonly options: FleetControlOptions;
  readonly who: { readonly by: string; readonly reason: string };
  readonly deps: CliDeps;
}

const SENDS: { readonly [Name in FleetUpdateName]: (fleets: CliFleets, asked: Asked) => Promise<AuditEntry> } = {
  pause: (fleets, { fleet, who, options }) => fleets.pause(fleet, who, idOf(options)),
  resume: async (fleets, { fleet, who, options, deps }) => {
    const pause = await pauseMeant(fleet, options.pause, deps);
    return await fleets.resume(fleet, { ...who, pause }, idOf(options));
  },
  // What was shown is what is approved; with --digest, what somebody has shown before.
  approve: async (fleets, { fleet, who, options, deps }) => {
    const gate = await gateMeant(fleet, { gate: options.gate, whatFor: 'open this gate' }, deps);
    const planDigest = options.digest ?? fleet.planDigest;
    return await fleets.approve(fleet, { ...who, planDigest, gate }, idOf(options));
  },
  reject: async (fleets, { fleet, who, options, deps }) => {
    const gate = await gateMeant(fleet, { gate: options.gate, whatFor: 'end the fleet at this gate' }, deps);
    return await fleets.reject(fleet, { ...who, gate }, idOf(options));
  },
  abort: (fleets, { fleet, who, options }) => fleets.abort(fleet, { ...who, now: options.now }, idOf(options)),
  set: (fleets, { fleet, who, options }) => fleets.set(fleet, { ...who, ...limitsIn(options) }, idOf(options)),
  skip: (fleets, { fleet, who, options }) =>
    fleets.skip(fleet, { ...who, instanceIds: options.vms ?? [] }, idOf(options)),
  retryFailed: async (fleets, { fleet, who, options, deps }) => {
    const named = options.vms ?? [];
    const instanceIds = named.length > 0 ? named : await failedNow(fleets, fleet, deps);
    return await fleets.retryFailed(fleet, { ...who, instanceIds }, idOf(options));
  },
};

interface Limits {
  readonly maxUnavailable?: number | undefined;
  readonly maxFailures?: number | undefined;
  readonly maxHeld?: number | undefined;
}

function limitsIn({ maxUnavailable, maxFailures, maxHeld }: Limits) {
  return {
    ...(maxUnavailable !== undefined && { maxUnavailable }),
    ...(maxFailures !== undefined && { maxFailures }),
    ...(maxHeld !== undefined && { maxHeld }),
  };
}

function idOf({ requestId }: Pick<FleetControlOptions, 'requestId'>) {
  return requestId === undefined ? {} : { requestId };
}
