import { isIPv4 } from 'node:net';

/** Whether a host, as a URL or a listener names it, is this machine alone: `localhost`, `127.x.x.x`, `::1` or `[::1]`. */
export function isLoopback(host: string): boolean {
  return ['localhost', '::1', '[::1]'].includes(host) || (isIPv4(host) && host.startsWith('127.'));
}
