import type { Client } from '@temporalio/client';
import { readPollers } from '../../../temporal/pollers.js';
import {
  areSearchAttributesVisible,
  crowdText,
  missingSearchAttributes,
  registerCommands,
} from '../../../temporal/search-attributes.js';
import { ReimageError } from '../../reimage-errors.js';
import { fromTemporalError } from '../../temporal-errors.js';
import type { CliClient } from '../cli-deps.js';
import { fail, ok, warn, type Check } from './check.js';

/** A worker polls again at least once a minute; the server remembers it for five. */
const POLLED_WITHIN_MS = 90_000;
const CALL_TIMEOUT_MS = 5_000;

/** Checks the server, the namespace, its search attributes and the workers. One that does not answer ends the list. */
export async function checkTemporal(connect: () => Promise<CliClient>, now: () => Date): Promise<Check[]> {
  try {
    await using client = await connect();
    return await client.temporal.withDeadline(Date.now() + CALL_TIMEOUT_MS, async () => [
      await checkServer(client.temporal),
      await checkSearchAttributes(client.temporal),
      await checkWorkers(client.temporal, client.taskQueue, now()),
    ]);
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
