import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { defer, type Scope } from '../../fixtures/defer.js';

/** The line of one worker to its Temporal server. */
export interface Line {
  /** `host:port`. */
  readonly address: string;
  /** Carries nothing from now on, either way, and loses nothing. */
  readonly halt: () => void;
  readonly resume: () => void;
}

/** Puts a line between a worker and a server. It ends with the scope. @param address - `host:port` of the server */
export async function openLine(scope: Scope, address: string): Promise<Line> {
  const [host = '127.0.0.1', port = '7233'] = address.split(':');
  const ends = new Set<Socket>();
  let isHalted = false;
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from);
      from.on('data', (chunk) => void to.write(chunk));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        ends.delete(from);
        to.destroy();
      });
      if (isHalted) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  defer(scope, () => {
    for (const end of ends) end.destroy();
    server.close();
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    halt: () => {
      isHalted = true;
      for (const end of ends) end.pause();
    },
    resume: () => {
      isHalted = false;
      for (const end of ends) end.resume();
    },
  };
}
