import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { ApiError } from '../model/api-error.js';
import { type FaultBook, FaultRule } from '../model/fault-rule.js';
import { describeIssues, parseWritten } from '../model/issues.js';
import type { JournalBook } from '../model/journal.js';
import { ImageOverrides } from '../model/region-state.js';
import type { ConsoleActor } from '../region/console-actor.js';
import type { LiveRegion } from '../region/live-region.js';

/** What the control endpoint may see and do. */
export interface ControlDeps {
  readonly journal: JournalBook;
  readonly faults: FaultBook;
  readonly region: LiveRegion;
  readonly act: ConsoleActor;
}

const LOOPBACK = ['127.0.0.1', '::1', '::ffff:127.0.0.1'];
const id = z.string().min(1);

const Pairs = z.array(z.strictObject({ key: z.string(), value: z.string() }));

const Act = z.discriminatedUnion('action', [
  z.strictObject({ action: z.enum(['start', 'stop', 'reboot', 'remove', 'release']), instanceId: id }),
  z.strictObject({ action: z.literal('rebuild'), instanceId: id, imageId: id }),
  z.strictObject({ action: z.literal('setStatus'), instanceId: id, status: id }),
  z.strictObject({ action: z.literal('setTags'), instanceId: id, tags: Pairs }),
  z.strictObject({ action: z.literal('setMetadata'), instanceId: id, metadata: Pairs }),
  z.strictObject({ action: z.literal('setImageStatus'), imageId: id, status: id }),
  z.strictObject({ action: z.literal('shareImage'), imageId: id, image: ImageOverrides.optional() }),
  z.strictObject({ action: z.literal('removeImage'), imageId: id }),
]);

/**
 * Routes under `/_control`: journal, faults, state, act. They need no signature and answer only
 * callers on this machine.
 * @see docs/simulator.md#control-endpoint
 */
export async function registerControl(scope: FastifyInstance, deps: ControlDeps): Promise<void> {
  const { journal, faults, region, act } = deps;
  guard(scope);
  scope.get('/journal', async () => ({ entries: journal.entries() }));
  scope.delete('/journal', async () => {
    journal.clear();
    return {};
  });
  scope.get('/faults', async () => ({ faults: faults.rules() }));
  scope.post('/faults', async (request) => {
    const { body } = request;
    const rules = Array.isArray(body) ? parseWritten(z.array(FaultRule), body) : [parseWritten(FaultRule, body)];
    for (const rule of rules) faults.add(rule);
    return { faults: faults.rules() };
  });
  scope.delete('/faults', async () => {
    faults.clear();
    return {};
  });
  scope.get('/state', async () => stateView(region));
  scope.post('/act', async (request) => {
    perform(act, parseWritten(Act, request.body));
    return {};
  });
}

function guard(scope: FastifyInstance): void {
  scope.addHook('onRequest', async (request) => {
    const from = request.socket.remoteAddress ?? '';
    if (!LOOPBACK.includes(from))
      throw new ApiError(403, 'LOOPBACK_ONLY', 'the control endpoint is for this machine only');
  });
  scope.setErrorHandler(async (error, _request, reply) => {
    if (error instanceof z.ZodError) return reply.code(400).send({ error: describeIssues(error) });
    if (error instanceof ApiError) return reply.code(error.httpStatus).send({ error: error.message });
    return reply.code(400).send({ error: error instanceof Error ? error.message : String(error) });
  });
}

function perform(act: ConsoleActor, order: z.output<typeof Act>): void {
  switch (order.action) {
    case 'rebuild':
      return act.rebuild(order.instanceId, order.imageId);
    case 'setStatus':
      return act.setStatus(order.instanceId, order.status);
    case 'setTags':
      return act.setTags(order.instanceId, order.tags);
    case 'setMetadata':
      return act.setMetadata(order.instanceId, order.metadata);
    case 'setImageStatus':
      return act.setImageStatus(order.imageId, order.status);
    case 'shareImage':
      return act.shareImage(order.imageId, order.image);
    case 'removeImage':
      return act.removeImage(order.imageId);
    default:
      return act[order.action](order.instanceId);
  }
}

function stateView(region: LiveRegion): object {
  const vms = [...region.vms.values()].map(({ task, passwordSha256, ...vm }) => ({
    ...vm,
    task: task?.name ?? null,
    hasPassword: passwordSha256 !== null,
  }));
  return { regionId: region.regionId, vms, images: [...region.images.values()], keypairs: region.keypairs };
}
