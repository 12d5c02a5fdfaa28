import { once } from 'node:events';
import { connect } from 'node:net';

/** The first answer on a connection. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** One request, part by part as it goes over the wire. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** The bytes of a request; what cannot be a byte becomes UTF-8, and nothing is escaped or checked. */
export function bytesOf({ method, target, headers, body }: RawRequest): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** Sends bytes as they stand. Gives the first answer, interim ones left out; null when the connection ends without one. */
export async function exchange(endpoint: string, bytes: Buffer): Promise<RawAnswer | null> {
  const { hostname, port } = new URL(endpoint);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A server that has seen enough may close before it has read all.
  socket.on('error', () => undefined);
  socket.end(bytes);
  await once(socket, 'close');
  return firstAnswer(Buffer.concat(chunks).toString());
}

function firstAnswer(text: string): RawAnswer | null {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const match = /^HTTP\/1\.1 (\d{3})/.exec(head);
  if (match === null) return null;
  const status = Number(match[1]);
  if (status === 100) return firstAnswer(rest.join('\r\n\r\n'));
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  const body = Buffer.from(rest.join('\r\n\r\n')).subarray(0, length).toString();
  return { status, contentType: /^content-type: (.*)$/im.exec(head)?.[1] ?? '', body };
}
