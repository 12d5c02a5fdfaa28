import { ReimageUnreachableError } from '../../../connection/errors.js';
import type { FleetOperation } from '../../../fleets/operation.js';
import type { CliClient, CliDeps, Io } from '../../io/deps.js';
import { exitCodeOfFleet, INTERRUPTED } from '../../io/exit-codes.js';
import { type FleetOptions, fleetWords } from '../../options/fleet.js';
import { type FrameOptions, INTERESTING, renderFleetFrame } from '../../render/fleet-frame.js';
import { renderFleet, renderFleetChange } from '../../render/fleet.js';

export interface FollowOptions extends Pick<FleetOptions, 'output'> {
  /** Frames that draw over each other, where the terminal can; else, and elsewhere, a line for each change. */
  readonly isLive: boolean;
}

/** Follows a fleet to its end, prints how it ended, and gives the exit code. */
export async function followFleet(
  client: CliClient,
  fleet: FleetOperation,
  { output, isLive }: FollowOptions,
  deps: CliDeps,
): Promise<number> {
  const { io } = deps;
  const interrupt = new AbortController();
  const unhear = io.onInterrupt(() => interrupt.abort());
  const show = fleetView(client, { isLive }, io);
  try {
    const ended = await client.fleets.wait(fleet, { signal: interrupt.signal, onProgress: show });
    io.undraw();
    reportFleet(ended, output, io);
    return exitCodeOfFleet(ended);
  } catch (error) {
    io.drawn();
    if (!interrupt.signal.aborted) throw error;
    return reportGoesOn(fleet, output, io);
  } finally {
    unhear();
  }
}

/** What shows each look at a fleet. @param foot - the last lines of a frame, instead of the fleet's own */
export function fleetView(
  client: CliClient,
  { isLive, foot }: Pick<FollowOptions, 'isLive'> & { readonly foot?: readonly string[] },
  io: Io,
): (fleet: FleetOperation) => void | Promise<void> {
  return isLive && io.isLive ? liveView(client, io, foot) : lineView(io);
}

/** Prints a fleet, as it is or as it ended, on stdout. */
export function reportFleet(fleet: FleetOperation, output: FleetOptions['output'], io: Io): void {
  if (output === 'json') io.out(JSON.stringify({ ...(!fleet.isRunning && { outcome: fleet.status }), ...fleet }));
  else for (const line of renderFleet(fleet, io.now())) io.out(line);
}

function reportGoesOn(fleet: FleetOperation, output: FleetOptions['output'], io: Io): number {
  const words = fleetWords(fleet);
  io.err(
    `The fleet goes on. Follow it: reimage fleet watch ${words}. End it: reimage fleet abort ${words} --reason TEXT.`,
  );
  if (output === 'json') io.out(JSON.stringify({ outcome: 'started', ...fleet }));
  return INTERRUPTED;
}

function lineView(io: Io): (fleet: FleetOperation) => void {
  let previous: FleetOperation | null = null;
  return (fleet) => {
    const line = renderFleetChange(previous, fleet, io.now());
    previous = fleet;
    if (line !== null) io.err(line);
  };
}

function liveView(
  client: CliClient,
  io: Io,
  foot: readonly string[] | undefined,
): (fleet: FleetOperation) => Promise<void> {
  return async (fleet) => {
    const look = await refresh(client, fleet);
    const view = { now: io.now(), ...io.size(), colour: io.colour, ...(foot !== undefined && { foot }) };
    io.draw(renderFleetFrame(look, view));
  };
}

/** A line would tear the frame, which says itself what does not answer. */
const QUIET = { onProgress: () => undefined };

/** The VMs of a fleet that are shown one by one. Where nobody tells, the head of the frame says so already. */
async function refresh(client: CliClient, fleet: FleetOperation): Promise<FrameOptions> {
  if (fleet.isRunning && fleet.summary === null) return { fleet, members: [], phases: new Map() };
  try {
    const [members, phases] = await Promise.all([
      client.fleets.members(fleet, { states: [...INTERESTING] }, QUIET),
      client.fleets.phases(fleet, QUIET),
    ]);
    return { fleet, members, phases };
  } catch (error) {
    if (!(error instanceof ReimageUnreachableError)) throw error;
    return { fleet, members: [], phases: new Map() };
  }
}
