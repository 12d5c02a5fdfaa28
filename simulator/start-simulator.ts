import { randomBytes } from 'node:crypto';
import { Assumptions, compressedTiming, type Timing } from './model/assumptions.js';
import { defaultState } from './model/builders.js';
import { Clock } from './model/clock.js';
import { type FaultRule, Scenario } from './model/fault-rule.js';
import { type Journal, Watchers } from './model/journal.js';
import type { RegionState, VmState } from './model/region-state.js';
import { type ConsoleActor, createConsoleActor } from './region/console-actor.js';
import { Cloud } from './wire/cloud.js';
import { createHttpServer } from './wire/http-server.js';
import type { SimulatorCredentials } from './wire/request-signature.js';

/** How to start a simulator. What is absent keeps its default; options win over the scenario. */
export interface SimulatorOptions {
  /** 0 or absent: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Default: a random pair. */
  credentials?: SimulatorCredentials;
  /** Default: region cn-north-1 with a dozen VMs. */
  state?: RegionState;
  /** Milliseconds of each transition. */
  timing?: Partial<Timing>;
  /** Divides all times, for example by 100. Default 1. */
  compress?: number;
  assumptions?: Partial<Assumptions>;
  faults?: FaultRule[];
  scenario?: Scenario;
  /** The simulator's wall clock, milliseconds since 1970: what it holds dates against and sends as Date. Default Date.now. */
  now?: () => number;
  /** Whether each call is logged on stdout. Default false. */
  log?: boolean;
}

/** A VM as it is now. It follows the VM until that is deleted. */
export interface SimulatedVm extends Readonly<VmState> {
  /** A stop has released CPU, memory and local data disks. */
  readonly resourcesReleased: boolean;
  /** A launch script has run, at the first start after a rebuild. */
  readonly launchScriptRan: boolean;
  /** Hex SHA-256 of the password that the last rebuild set; null when it set none. */
  readonly passwordSha256: string | null;
  /** What is under way; null when calls are welcome. */
  readonly task: { readonly name: string; readonly by: string } | null;
}

/** A running simulator. */
export interface Simulator {
  /** For example `http://127.0.0.1:41234`. */
  readonly endpoint: string;
  readonly regionId: string;
  readonly credentials: SimulatorCredentials;
  readonly journal: Journal;
  /** Throws when there is no such VM (any more). */
  vm: (instanceId: string) => SimulatedVm;
  /** Throws ZodError when the rule is malformed. */
  addFault: (rule: FaultRule) => void;
  clearFaults: () => void;
  readonly act: ConsoleActor;
  /** Takes further credentials, such as those of a new session. */
  grant: (credentials: SimulatorCredentials) => void;
  /** Takes credentials no more, from the next call on. */
  revoke: (accessKey: string) => void;
  /**
   * Resolves once the predicate holds; it is asked again at each call and each change. Rejects
   * after `timeoutMs` (default 10,000), when the predicate throws and when the simulator closes.
   */
  waitFor: (predicate: (simulator: Simulator) => boolean, timeoutMs?: number) => Promise<void>;
  /** Breaks off connections, timers and waits. */
  close: () => Promise<void>;
}

/**
 * Starts an HTTP server that behaves like JD Cloud's VM API in one region.
 * @throws ZodError for malformed options; Error when the port is taken
 * @see docs/simulator.md
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const scenario = Scenario.parse(options.scenario ?? {});
  const credentials = options.credentials ?? randomCredentials();
  const watchers = new Watchers();
  const cloud = new Cloud(
    options.state ?? defaultState(),
    {
      credentials,
      timing: compressedTiming({ ...scenario.timing, ...options.timing }, options.compress ?? scenario.compress),
      assumptions: Assumptions.parse({ ...scenario.assumptions, ...options.assumptions }),
      clock: new Clock(undefined, options.now),
    },
    () => watchers.notify(),
  );
  for (const rule of [...(options.faults ?? []), ...scenario.faults]) cloud.faults.add(rule);

  const { region, faults, world } = cloud;
  const act = createConsoleActor(region);
  const server = createHttpServer(cloud, { journal: world.journal, faults, region, act }, options.log ?? false);
  const endpoint = await server.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });

  const simulator: Simulator = {
    endpoint,
    regionId: region.regionId,
    credentials,
    journal: world.journal,
    vm: (instanceId) => region.vm(instanceId),
    addFault: (rule) => faults.add(rule),
    clearFaults: () => faults.clear(),
    act,
    grant: (more) => cloud.signatures.grant(more),
    revoke: (accessKey) => cloud.signatures.revoke(accessKey),
    waitFor: (predicate, timeoutMs = 10_000) => watchers.wait(() => predicate(simulator), timeoutMs),
    close: async () => {
      watchers.close();
      world.clock.close();
      await server.close();
    },
  };
  return simulator;
}

function randomCredentials(): SimulatorCredentials {
  const key = (): string => randomBytes(16).toString('hex').toUpperCase();
  return { accessKey: key(), secretKey: key() };
}
