import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below where systems take ports for clients. */
const FIRST = 15_000;
const LAST = 32_767;

/**
 * Free ports of the loopback interface. All are below 32768: Temporal's schema for PostgreSQL keeps the membership port
 * of a node as a `smallint`, and a node with a higher one does not start.
 */
export async function lowPorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let port = randomInt(FIRST, LAST - 1_000); ports.length < count; port += 1) {
    if (port > LAST) throw new Error(`There are no ${count} free ports up to ${LAST}.`);
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isOpen = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  if (isOpen) await new Promise((resolve) => server.close(resolve));
  return isOpen;
}
