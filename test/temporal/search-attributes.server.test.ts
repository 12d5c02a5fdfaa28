import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { ConnectionLike } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { areSearchAttributesVisible, crowdText, ensureSearchAttributes } from '../../temporal/search-attributes.js';
import { SettingsError } from '../../temporal/settings-error.js';
import { eventually } from '../fixtures/eventually.js';
import { testTemporal } from '../fixtures/temporal-env.js';

const NAMES = Object.values(SEARCH_ATTRIBUTE).map(({ name }) => name);

/** A namespace that knows none of ours. */
async function newNamespace({ workflowService }: ConnectionLike): Promise<string> {
  const namespace = `ns-${randomUUID()}`;
  await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  const isListed = () => workflowService.countWorkflowExecutions({ namespace }).then(Boolean, () => false);
  await eventually('the namespace can be listed', isListed);
  return namespace;
}

describe('search attributes of a namespace', () => {
  it('given a namespace without them, when they are ensured, then all are registered, once, and visible', async (t) => {
    const { nativeConnection } = await testTemporal(t);
    const namespace = await newNamespace(nativeConnection);
    assert.equal(await areSearchAttributesVisible(nativeConnection, namespace), false);

    const first = await ensureSearchAttributes(nativeConnection, { namespace });
    const second = await ensureSearchAttributes(nativeConnection, { namespace });

    assert.deepEqual(first.toSorted(), NAMES.toSorted());
    assert.deepEqual(second, []);
    assert.equal(await areSearchAttributesVisible(nativeConnection, namespace), true);
  });

  it('given two workers that start at once, then both go on', async (t) => {
    const { nativeConnection } = await testTemporal(t);
    const namespace = await newNamespace(nativeConnection);

    await Promise.all([
      ensureSearchAttributes(nativeConnection, { namespace }),
      ensureSearchAttributes(nativeConnection, { namespace }),
    ]);

    assert.equal(await areSearchAttributesVisible(nativeConnection, namespace), true);
  });

  it('given one of another type, then an error names it and nothing is registered', async (t) => {
    const { client } = await testTemporal(t);
    const { connection } = client;
    const namespace = await newNamespace(connection);
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: { ReimagePhase: 3 } });

    await assert.rejects(ensureSearchAttributes(connection, { namespace }), /ReimagePhase \(must be Keyword\)/);

    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    assert.equal('ReimageRegion' in customAttributes, false);
  });

  it('given credentials that may not register, then the error holds the commands that do', async (t) => {
    const { client } = await testTemporal(t);
    const { connection } = client;
    const namespace = await newNamespace(connection);
    const { operatorService } = connection;
    const barred = barredConnection(connection, {
      listSearchAttributes: operatorService.listSearchAttributes.bind(operatorService),
    });

    await assert.rejects(ensureSearchAttributes(barred, { namespace }), (error: Error) => {
      for (const name of NAMES) {
        const command = `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type Keyword`;
        assert.ok(error.message.includes(command), command);
      }
      return true;
    });
  });

  it('given a namespace that takes no more of the type, then the server is quoted, and what takes the places is named', async (t) => {
    const { client, nativeConnection } = await testTemporal(t);
    const others = ['TeamA', 'TeamB', 'TeamC', 'TeamD'];
    const namespace = await newNamespace(client.connection);
    const searchAttributes = Object.fromEntries(others.map((name) => [name, 2]));
    await client.connection.operatorService.addSearchAttributes({ namespace, searchAttributes });

    for (const connection of [client.connection, nativeConnection]) {
      await assert.rejects(ensureSearchAttributes(connection, { namespace }), (error) => {
        assert.ok(error instanceof SettingsError);
        assert.match(error.message, /The server says: .*cannot have more than 10 search attribute of type Keyword\./);
        assert.match(error.message, /4 others of that type: TeamA, TeamB, TeamC, TeamD.*TEMPORAL_NAMESPACE/);
        assert.doesNotMatch(error.message, /search-attribute create/);
        return true;
      });
    }
    assert.match((await crowdText(client.connection, namespace)) ?? '', /4 others .*TeamA.*10 in all/);
    assert.equal(await crowdText(client.connection, 'default'), null);
  });

  it('given credentials that may not even list, then visible attributes are enough', async (t) => {
    const { client } = await testTemporal(t);
    const { connection } = client;
    const barred = barredConnection(connection, {});

    assert.deepEqual(await ensureSearchAttributes(barred, { namespace: 'default' }), []);
    const namespace = await newNamespace(connection);
    await assert.rejects(ensureSearchAttributes(barred, { namespace }), /may not list search attributes/);
  });
});

/** The connection as seen by credentials without operator rights, as on Temporal Cloud, save the calls given. */
function barredConnection(connection: ConnectionLike, allowed: Partial<ConnectionLike['operatorService']>) {
  const forbidden = () => {
    const error = new Error('7 PERMISSION_DENIED: Request unauthorized.');
    return Promise.reject(Object.assign(error, { code: 7, details: 'Request unauthorized.', metadata: {} }));
  };
  const operatorService = { listSearchAttributes: forbidden, addSearchAttributes: forbidden, ...allowed };
  return Object.create(connection, { operatorService: { value: operatorService } }) as ConnectionLike;
}
