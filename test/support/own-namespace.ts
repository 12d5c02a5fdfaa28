import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { ensureSearchAttributes } from '../../temporal/search-attributes.js';
import { eventually } from './eventually.js';
import { type Scope, testTemporal, type TestTemporal } from './temporal-env.js';

/** A namespace of its own on the server of all tests, for what would disturb the others, such as a freeze. */
export async function ownNamespace(scope: Scope): Promise<TestTemporal> {
  return await namespaceOn(await testTemporal(scope));
}

/** The same on a server that is given. */
export async function namespaceOn(temporal: TestTemporal): Promise<TestTemporal> {
  const { connection } = temporal.client;
  const { workflowService } = connection;
  const namespace = `own-${randomUUID()}`;
  await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  const isListed = () => workflowService.countWorkflowExecutions({ namespace }).then(Boolean, () => false);
  await eventually('the namespace can be listed', isListed);
  await ensureSearchAttributes(connection, { namespace });
  return {
    ...temporal,
    settings: { ...temporal.settings, namespace },
    client: new Client({ connection, namespace }),
  };
}
