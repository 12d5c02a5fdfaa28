import type { Socket } from 'node:net';
import { freshRequestId } from '../region/resource-ids.js';
import { ApiError } from './api-error.js';
import { answerOf, type WireAnswer } from './wire-answer.js';

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
