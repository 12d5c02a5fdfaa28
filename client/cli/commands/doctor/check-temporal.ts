import type { Client } from '@temporalio/client';
import { readPollers } from '../../../../temporal/pollers.js';
import {
  areSearchAttributesVisible,
  crowdText,
  missingSearchAttributes,
  registerCommands,
} from '../../../../temporal/search-attributes.js';
import { type OnWaiting, tellingWait } from '../../../../temporal/waiting.js';
import { openCodecKeys } from '../../../connection/connection.js';
import { ReimageError } from '../../../connection/errors.js';
import { fromTemporalError } from '../../../connection/temporal-errors.js';
import type { CliClient, Env } from '../../io/deps.js';
import { renderFreeze } from '../freeze.js';
import { type Check, fail, ok, warn } from './check.js';

/** A worker polls again at least once a minute; the server remembers it for five. */
const POLLED_WITHIN_MS = 90_000;
const CALL_TIMEOUT_MS = 5_000;

/** Checks the server, the namespace, its search attributes and the workers. One that does not answer ends the list. */
export async function checkTemporal(
  connect: () => Promise<CliClient>,
  now: () => Date,
  tell?: OnWaiting,
): Promise<Check[]> {
  try {
    await using client = await connect();
    const { temporal, taskQueue } = client;
    const waitFor = { what: `the Temporal server (namespace ${temporal.options.namespace})`, forMs: CALL_TIMEOUT_MS };
    const asking = async () => [
      await checkServer(temporal),
      await checkSearchAttributes(temporal),
      await checkWorkers(temporal, taskQueue, now()),
    ];
    return await tellingWait(tell, waitFor, () => temporal.withDeadline(Date.now() + CALL_TIMEOUT_MS, asking));
  } catch (error) {
    const { failure } = error instanceof ReimageError ? error : fromTemporalError(error);
    return [
      fail(
        'temporal',
        'unreachable',
        failure.message,
        'Check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_* and temporal.toml; is the server up?',
      ),
    ];
  }
}

async function checkServer({ workflowService, options }: Client): Promise<Check> {
  const { serverVersion } = await workflowService.getSystemInfo({});
  await workflowService.describeNamespace({ namespace: options.namespace });
  return ok('temporal', `server ${serverVersion}, namespace ${options.namespace}`);
}

async function checkSearchAttributes({ connection, options: { namespace } }: Client): Promise<Check> {
  const name = 'search attributes';
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing === null) {
    if (await areSearchAttributesVisible(connection, namespace)) return ok(name, 'all are known to the server');
    return fail(
      name,
      'refused',
      'some are missing; these credentials may not ask which',
      'Have an admin register them.',
    );
  }
  if (missing.length === 0) return ok(name, 'all are registered');
  const commands = registerCommands(missing, namespace).join('; ');
  const crowd = await crowdText(connection, namespace);
  const mend = `Start a worker, which registers them, or run: ${commands}`;
  return fail(name, 'refused', `missing: ${missing.join(', ')}`, crowd ?? mend);
}

async function checkWorkers({ workflowService, options }: Client, taskQueue: string, now: Date): Promise<Check> {
  const seen = await readPollers(workflowService, options.namespace, taskQueue);
  const live = seen.filter(({ at }) => now.getTime() - at < POLLED_WITHIN_MS);
  if (live.length > 0) {
    const who = [...new Set(live.map(({ identity }) => identity))].join(', ');
    return ok(
      'worker',
      `${live.length === 1 ? 'one has' : `${live.length} have`} polled task queue ${taskQueue} lately: ${who}`,
    );
  }
  const mend = 'Start one with `reimage worker`, or check REIMAGE_TASK_QUEUE on both sides.';
  if (seen.length === 0) return fail('worker', 'unreachable', `none polls task queue ${taskQueue}`, mend);
  return warn('worker', `the last one polled task queue ${taskQueue} more than a minute ago`, mend);
}

/** Says whether payloads are encrypted from here, and reads the keys. Workers and others are to say the same. */
export async function checkEncryption(env: Env): Promise<Check> {
  try {
    const keys = await openCodecKeys(env);
    if (keys === null) return ok('encryption', 'off: payloads are in clear');
    const decrypting = keys.length === 1 ? '1 key decrypts' : `${keys.length} keys decrypt`;
    return ok('encryption', `on, key ${keys[0].id} encrypts, ${decrypting}`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return fail('encryption', 'refused', message, 'Give each key as KEYID=REF, 32 bytes in base64 or hex.');
  }
}

/** Says whether the namespace is frozen. A freeze is somebody's will, and so no failure. */
export async function checkFreeze(connect: () => Promise<CliClient>): Promise<Check> {
  try {
    await using client = await connect();
    const freeze = await client.frozen();
    if (freeze === null) return ok('freeze', 'the namespace is not frozen');
    return warn(
      'freeze',
      `${renderFreeze(freeze)}; no rebuild begins`,
      'End it with `reimage unfreeze`, once that is right.',
    );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return warn(
      'freeze',
      `it cannot be told whether the namespace is frozen: ${message}`,
      'Fix the other problems first.',
    );
  }
}
