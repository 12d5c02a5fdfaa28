import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Ports that neither need rights nor are given to outgoing connections: those of Linux begin at 32768, of others higher. */
const FIRST_PORT = 10_000;
const LAST_PORT = 32_767;
const ATTEMPTS = 50;

/**
 * A port of the loopback interface that was free a moment ago. Someone else may take it before you do, but no outgoing
 * connection will.
 * @throws Error when none of many was free
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`None of ${ATTEMPTS} ports between ${FIRST_PORT} and ${LAST_PORT} was free.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listens = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  if (listens) await new Promise((resolve) => server.close(resolve));
  return listens;
}
