import { connect } from 'node:net';
import { type Look, lookWithin, type LookLimits, msSince } from './look.js';

export interface TcpTarget {
  /** Name or address; an IPv6 address may stand in brackets. */
  readonly host: string;
  readonly port: number;
}

/** Good when a TCP connection is accepted. It is closed at once, nothing is sent. */
export function tcpLook({ host, port }: TcpTarget, limits: LookLimits): Promise<Look> {
  const startedAt = performance.now();
  return lookWithin(
    limits,
    (signal) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: host.replace(/^\[(.*)\]$/, '$1'), port, signal });
        // Stays on: an error after the connection must not end the worker.
        socket.on('error', reject);
        socket.once('connect', () => {
          resolve({ isGood: true, said: 'connected', tookMs: msSince(startedAt) });
          socket.destroy();
        });
      }),
  );
}
