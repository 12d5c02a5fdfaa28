import { createHash, timingSafeEqual } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { fastify, type FastifyReply, type FastifyRequest } from 'fastify';
import * as z from 'zod';
import { isLoopback } from '../proxy.js';
import { SettingsError } from '../settings-error.js';
import { PayloadCodecError } from './payload-codec.js';

export interface CodecServerOptions {
  readonly codec: PayloadCodec;
  /** What a request must bear as `Authorization: Bearer TOKEN`. At least 16 characters. */
  readonly token: string;
  /** Without `tls` it must be of the loopback interface. */
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Pages that may ask from a browser, as exact origins: `https://temporal.example.com`. */
  readonly corsOrigins: readonly string[];
  /** Certificate chain and key, in PEM. */
  readonly tls?: { readonly cert: Uint8Array; readonly key: Uint8Array };
  /** Milliseconds that a request may take to come in, head and body. @default 30000 */
  readonly receiveWithinMs?: number;
}

export interface CodecServer {
  /** Base URL, with the port that was picked. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

const SHORTEST_TOKEN = 16;
/** A page of a history: payloads of at most 2 MB each, in base64. */
const BODY_LIMIT_BYTES = 32 * 1024 * 1024;
/** A page of a history comes in within a second. */
const RECEIVE_WITHIN_MS = 30_000;
/** All that Temporal's UI sends. */
const ALLOWED_HEADERS = 'Authorization, Authorization-Extras, Content-Type, X-Namespace';

/**
 * Serves `POST /decode` and `POST /encode` for Temporal's UI and CLI. Every request but a browser's preflight must bear
 * the token. Nothing is logged, and no answer but a decoded payload holds data.
 * @throws SettingsError when it would serve in clear beyond this machine, or to everybody · Error when the port cannot be had
 * @see https://docs.temporal.io/production-deployment/data-encryption
 */
export async function startCodecServer(options: CodecServerOptions): Promise<CodecServer> {
  refuseUnsafe(options);
  const { codec, host, port, corsOrigins, tls, receiveWithinMs = RECEIVE_WITHIN_MS } = options;
  // Fastify sets no limit of its own: a body that comes in byte by byte would hold its connection for ever.
  const limits = { headersTimeout: receiveWithinMs, connectionsCheckingInterval: Math.min(receiveWithinMs, 5_000) };
  const app = fastify({
    ...(tls === undefined
      ? { http: limits }
      : { https: { ...limits, cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) } }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: receiveWithinMs,
    keepAliveTimeout: 5_000,
    forceCloseConnections: true,
  });
  app.addHook('onRequest', async (request, reply) => admitOrigin(request, reply, corsOrigins));
  app.addHook('onRequest', async (request, reply) => admitBearer(request, reply, digestOf(`Bearer ${options.token}`)));
  app.setErrorHandler((error, _request, reply) => answerError(error, reply));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: 'POST /decode or /encode.' }));
  app.post('/decode', ({ body }) => convertPayloads(WirePayloads.parse(body), (payloads) => codec.decode(payloads)));
  app.post('/encode', ({ body }) => convertPayloads(WirePayloads.parse(body), (payloads) => codec.encode(payloads)));
  const url = await app.listen({ host, port });
  return { url, close: () => app.close() };
}

function refuseUnsafe({ token, host, corsOrigins, tls }: CodecServerOptions): void {
  if (token.length < SHORTEST_TOKEN) throw new SettingsError(`The token is shorter than ${SHORTEST_TOKEN} characters.`);
  if (tls === undefined && !isLoopback(host)) {
    throw new SettingsError(
      `Without TLS it serves this machine only: ${JSON.stringify(host)} is not 127.0.0.1, ::1 or localhost.`,
    );
  }
  const inexact = corsOrigins.find((origin) => originOf(origin) !== origin);
  if (inexact !== undefined) {
    throw new SettingsError(
      `${JSON.stringify(inexact)} is no exact origin: scheme, host and port only, as in https://temporal.example.com.`,
    );
  }
}

function originOf(text: string): string | null {
  try {
    return new URL(text).origin;
  } catch {
    return null;
  }
}

/** Who is turned away is not read on: the rest of the body, however long it takes, is not waited for. */
const HANG_UP = ['Connection', 'close'] as const;

/** Answers a preflight, and turns away what a page of another origin sends. */
async function admitOrigin(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]) {
  const { origin } = request.headers;
  reply.header('Vary', 'Origin').header('Cache-Control', 'no-store');
  if (origin === undefined) return;
  if (!allowed.includes(origin))
    return await reply
      .code(403)
      .header(...HANG_UP)
      .send({ message: 'This origin is not allowed.' });
  reply.header('Access-Control-Allow-Origin', origin);
  if (request.method !== 'OPTIONS') return;
  return await reply
    .code(204)
    .header('Access-Control-Allow-Methods', 'POST, OPTIONS')
    .header('Access-Control-Allow-Headers', ALLOWED_HEADERS)
    .send();
}

/** Digests are compared, so that neither a token's length nor its beginning shows in the time it takes. */
async function admitBearer(request: FastifyRequest, reply: FastifyReply, expected: Buffer) {
  if (timingSafeEqual(digestOf(request.headers.authorization ?? ''), expected)) return;
  const refused = reply
    .code(401)
    .header('WWW-Authenticate', 'Bearer')
    .header(...HANG_UP);
  return await refused.send({ message: 'The bearer token is not right.' });
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Texts of our own only: an error of a parser may quote what it could not parse. */
function answerError(error: unknown, reply: FastifyReply) {
  if (error instanceof PayloadCodecError) return reply.code(400).send({ message: error.message });
  const code = error instanceof z.ZodError ? 400 : statusOf(error);
  if (code === 413) return reply.code(code).send({ message: `The body is over ${BODY_LIMIT_BYTES} bytes.` });
  const isTheirs = code >= 400 && code < 500;
  return reply
    .code(isTheirs ? code : 500)
    .send({ message: isTheirs ? 'The body is no JSON with payloads.' : 'Unexpected error.' });
}

function statusOf(error: unknown): number {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
}

const Base64 = z.base64();

/** A payload as protobuf writes it in JSON. Loose: what we do not know goes back as it came. */
const WirePayload = z.looseObject({
  metadata: z.record(z.string(), Base64).optional(),
  data: Base64.nullish(),
});
type WirePayload = z.output<typeof WirePayload>;

/** What Temporal's UI and CLI send to a codec server, and get back. */
export const WirePayloads = z.looseObject({ payloads: z.array(WirePayload).max(10_000) });
export type WirePayloads = z.output<typeof WirePayloads>;

/** Runs payloads of a request through one direction of a codec, in their order. Throws what the codec throws. */
export async function convertPayloads(
  { payloads }: WirePayloads,
  convert: (payloads: Payload[]) => Promise<Payload[]>,
): Promise<{ payloads: WirePayload[] }> {
  const given = payloads.map(fromWire);
  const converted = await convert(given);
  const answer = converted.map((payload, index) => {
    const asItCame = payload === given[index] ? payloads[index] : undefined;
    return asItCame ?? toWire(payload);
  });
  return { payloads: answer };
}

function fromWire({ metadata = {}, data }: WirePayload): Payload {
  const entries = Object.entries(metadata).map(([key, value]) => [key, Buffer.from(value, 'base64')]);
  return { metadata: Object.fromEntries(entries), data: Buffer.from(data ?? '', 'base64') };
}

function toWire({ metadata, data }: Payload): WirePayload {
  const entries = Object.entries(metadata ?? {}).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return { metadata: Object.fromEntries(entries), data: Buffer.from(data ?? []).toString('base64') };
}
