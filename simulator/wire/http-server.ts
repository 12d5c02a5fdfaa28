import type { Socket } from 'node:net';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { ApiError } from '../model/api-error.js';
import { freshRequestId } from '../model/region-state.js';
import type { Cloud } from './cloud.js';
import { type ControlDeps, registerControl } from './control-routes.js';
import { serveCall } from './serve-call.js';
import { answerOf, type WireAnswer } from './wire-answer.js';

const CONTROL = '/_control/';
const API = '/api';
const BODY_LIMIT = 100 * 1024 * 1024;

/**
 * The HTTP server. Paths of JD Cloud are matched by our own code, on the bytes that came: a router
 * that decodes, folds or refuses paths by itself would hide what a client really sent.
 */
export function createHttpServer(cloud: Cloud, control: ControlDeps, log: boolean): FastifyInstance {
  const server = fastify({
    logger: log,
    logController: new LogController({ disableRequestLogging: true }),
    keepAliveTimeout: 5_000,
    forceCloseConnections: true,
    bodyLimit: BODY_LIMIT,
    clientErrorHandler: refuseOnSocket,
    rewriteUrl: ({ url = '/' }) => (url.startsWith(CONTROL) ? url : API),
  });
  server.register(
    named('api', async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
      scope.setErrorHandler(refuseUnreadable);
      scope.addHook('onSend', async (_request, reply) => {
        reply.header('date', new Date(cloud.world.clock.now()).toUTCString());
      });
      scope.all(API, (request, reply) => answerApi(cloud, request, reply));
      // Methods that fastify does not know.
      scope.setNotFoundHandler((request, reply) => answerApi(cloud, request, reply));
    }),
  );
  // Node would answer 417 by itself.
  server.server.on('checkExpectation', (request, response) => server.routing(request, response));
  server.register(
    named('control', async (scope) => registerControl(scope, control)),
    { prefix: '/_control' },
  );
  return server;
}

/** A plugin without a name costs fastify a search of all modules that are loaded, for each server that starts. */
function named<T extends (scope: FastifyInstance) => Promise<void>>(name: string, plugin: T): T {
  return Object.assign(plugin, { [Symbol.for('fastify.display-name')]: name });
}

async function answerApi(cloud: Cloud, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const answer = await serveCall(cloud, {
    method: request.method,
    url: request.originalUrl,
    headers: joinHeaders(request.headers),
    body: Buffer.isBuffer(request.body) ? request.body : new Uint8Array(),
  });
  request.log.info(
    { method: request.method, url: request.originalUrl, httpStatus: answer?.httpStatus ?? 'dropped' },
    'call',
  );
  if (answer === null) {
    reply.hijack();
    request.raw.socket.destroy();
    return reply;
  }
  return reply.code(answer.httpStatus).headers(answer.headers).send(answer.body);
}

async function refuseUnreadable(error: unknown, _request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { httpStatus, headers, body } = refusalOf(error);
  return reply.code(httpStatus).headers(headers).send(body);
}

function joinHeaders(headers: FastifyRequest['headers']): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

/** The refusal of a request whose bytes could not be read. @param error - of Node's HTTP parser or of fastify */
export function refusalOf(error: unknown): WireAnswer {
  return answerOf(freshRequestId(), reasonOf(error));
}

/** Refuses what is no HTTP, on the bare socket: Node has no response for it. */
export function refuseOnSocket(error: Error, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { httpStatus, headers, body } = refusalOf(error);
  const all = { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${httpStatus} Refused\r\n${lines.join('')}\r\n${body}`);
}

function reasonOf(error: unknown): ApiError {
  if (!(error instanceof Error)) return blocked();
  if ('statusCode' in error && error.statusCode === 413) {
    return new ApiError(413, 'HTTP_REQUEST_ENTITY_TOO_LARGE', 'Payload too large');
  }
  if ('code' in error && error.code === 'HPE_HEADER_OVERFLOW') {
    return new ApiError(431, 'HTTP_REQUEST_HEADER_TOO_LARGE', 'Request header too large');
  }
  return blocked();
}

function blocked(): ApiError {
  return new ApiError(400, 'HTTP_BAD_REQUEST', 'the request blocked by security rules');
}
