import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import type { Cloud } from '../cloud.js';
import { registerControl, type ControlDeps } from './control-routes.js';
import { serveCall } from './serve-call.js';
import { answerOf } from './wire-answer.js';
import { ApiError } from './api-error.js';
import { freshRequestId } from '../region/resource-ids.js';

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
    rewriteUrl: ({ url = '/' }) => (url.startsWith(CONTROL) ? url : API),
  });
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.setErrorHandler(refuseUnreadable);
    scope.all(API, (request, reply) => answerApi(cloud, request, reply));
  });
  server.register(async (scope) => registerControl(scope, control), { prefix: '/_control' });
  return server;
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
  const tooLarge = error instanceof Error && 'statusCode' in error && error.statusCode === 413;
  const refusal = tooLarge
    ? new ApiError(413, 'HTTP_REQUEST_ENTITY_TOO_LARGE', 'Payload too large')
    : new ApiError(400, 'HTTP_BAD_REQUEST', 'the request blocked by security rules');
  const { httpStatus, headers, body } = answerOf(freshRequestId(), refusal);
  return reply.code(httpStatus).headers(headers).send(body);
}

function joinHeaders(headers: FastifyRequest['headers']): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}
