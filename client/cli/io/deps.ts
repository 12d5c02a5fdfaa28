import { unknownRegionHint } from '../../../contracts/ids.js';
import type { ConnectOptions } from '../../connection/connection.js';
import type { FleetClient } from '../../fleets/fleet-client.js';
import type { ReimageClient } from '../../reimage-client.js';
import type { FleetSchedules } from '../../schedules/schedule-client.js';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** The terminal, or what stands in its place. Nothing else of the CLI knows of `process`. */
export interface Io {
  /** Writes a result line to stdout. */
  readonly out: (line: string) => void;
  /** Writes a line of anything else to stderr. */
  readonly err: (line: string) => void;
  /** Whether a person can be asked: stdin and stderr are terminals. */
  readonly canAsk: boolean;
  /** Whether stderr is a terminal whose lines can be drawn again. */
  readonly isLive: boolean;
  /** Cells and lines of the terminal; lines are cut to it only when live. */
  readonly size: () => { readonly width: number; readonly rows: number };
  /** Colours text for stderr, unless NO_COLOR or the stream forbids it. */
  readonly colour: (style: Style, text: string) => string;
  /** The same for stdout, which may be a pipe while stderr is a terminal. */
  readonly colourOut: (style: Style, text: string) => string;
  readonly now: () => Date;
  /** Asks on stderr. Null when the person ends the input instead. */
  readonly ask: (question: string) => Promise<string | null>;
  /** Draws lines over the ones drawn before. */
  readonly draw: (lines: readonly string[]) => void;
  /** Leaves the lines drawn last where they are. After it, as after {@link undraw}, nothing is drawn any more. */
  readonly drawn: () => void;
  /** Takes the lines drawn last away: what comes next says more. */
  readonly undraw: () => void;
  /** Hears of Ctrl-C instead of ending. Returns what ends the hearing. */
  readonly onInterrupt: (listener: () => void) => () => void;
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** A file that holds a key: a regular one, small, and read within a time. */
  readonly readKeyFile: (path: string) => Promise<Uint8Array>;
  /** Writes a file that is not there yet; one that is there is not written over, but an error. */
  readonly writeNewFile: (path: string, text: string) => Promise<void>;
}

/** What commands use of the library. */
export type CliClient = Pick<
  ReimageClient,
  | 'start'
  | 'plan'
  | 'get'
  | 'findByRequestId'
  | 'wait'
  | 'cancel'
  | 'decide'
  | 'planRollback'
  | 'rollback'
  | 'list'
  | 'listBackups'
  | 'pruneBackups'
  | 'freeze'
  | 'unfreeze'
  | 'frozen'
  | 'planKeyRotation'
  | 'countKeys'
  | 'rotateKeys'
  | 'reportWorkers'
  | 'temporal'
  | 'taskQueue'
> & { readonly fleets: CliFleets; readonly schedules: CliSchedules } & AsyncDisposable;

/** What commands use of the library's part on fleets: all of it. */
export type CliFleets = Pick<FleetClient, keyof FleetClient>;

/** What commands use of the library's part on schedules: all of it. */
export type CliSchedules = Pick<FleetSchedules, keyof FleetSchedules>;

export type Env = Readonly<Record<string, string | undefined>>;

/** All of the world that the CLI touches. */
export interface CliDeps {
  readonly io: Io;
  readonly env: Env;
  readonly connect: (options?: ConnectOptions) => Promise<CliClient>;
}

/** Says so where a region, of a command line or of a file, is none of those known. */
export function warnUnknownRegion(regionId: string, { io }: { readonly io: Pick<Io, 'err'> }): void {
  const hint = unknownRegionHint(regionId);
  if (hint !== null) io.err(hint);
}
