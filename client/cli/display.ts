import type { Operation } from '../operation.js';
import type { Io } from './cli-deps.js';
import { renderChange } from './render-change.js';
import { renderFrame } from './render-progress.js';

/** Shows a rebuild while it runs. */
export interface Display {
  readonly show: (operation: Operation) => void;
  /** Leaves what was shown last where it is. */
  readonly end: () => void;
  /** Takes away what was drawn last, since the result says more. */
  readonly clear: () => void;
}

/** Frames that draw over each other on a terminal, one plain line for each change elsewhere; both on stderr. */
export function createDisplay(io: Io): Display {
  return io.isLive ? liveDisplay(io) : lineDisplay(io);
}

function liveDisplay(io: Io): Display {
  return {
    show: (operation) => io.draw(renderFrame(operation, { now: io.now(), ...io.size(), colour: io.colour })),
    end: () => io.drawn(),
    clear: () => io.undraw(),
  };
}

function lineDisplay(io: Io): Display {
  let previous: Operation | null = null;
  return {
    show: (operation) => {
      const line = renderChange(previous, operation, io.now());
      previous = operation;
      if (line !== null) io.err(line);
    },
    end: () => undefined,
    clear: () => undefined,
  };
}
