import type { Io } from '../../client/cli/io/deps.js';

/**
 * A terminal for the CLI that falls silent when the demo is interrupted. What the CLI says of Ctrl-C, that the work
 * goes on, is not so here: its server and worker end too.
 */
export function silencedBy(signal: AbortSignal, terminal: Io): Io {
  const unlessAborted =
    <T>(write: (text: T) => void) =>
    (text: T) => {
      if (!signal.aborted) write(text);
    };
  return {
    ...terminal,
    out: unlessAborted(terminal.out),
    err: unlessAborted(terminal.err),
    draw: unlessAborted((lines) => terminal.draw(lines.filter((line) => !line.includes('Ctrl-C')))),
    onInterrupt: (listener) => hearAbort(signal, listener),
  };
}

/** Calls a listener once a signal aborts, at once where it has. @returns what ends the hearing */
export function hearAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) listener();
  signal.addEventListener('abort', listener);
  return () => signal.removeEventListener('abort', listener);
}
