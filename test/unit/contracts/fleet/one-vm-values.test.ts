import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type * as z from 'zod';
import { RebuildTemplate } from '../../../../contracts/fleet/fleet-spec.js';
import { oneVmValues } from '../../../../contracts/fleet/one-vm-values.js';
import { RebuildRequest } from '../../../../contracts/rebuild-request.js';

const VMS = [
  { instanceId: 'i-a1', name: 'web-1' },
  { instanceId: 'i-a2', name: null },
];

type Written = z.input<typeof RebuildTemplate>;

function pathsIn(template: Written): string[] {
  const parsed = RebuildTemplate.parse({ keyNames: ['ops'], ...template });
  return oneVmValues(parsed, VMS).map(({ path }) => path.join('.'));
}

const ONE: readonly { name: string; template: Written; path: string }[] = [
  { name: 'one password file', template: { passwordRef: 'generate:file:/pw' }, path: 'passwordRef' },
  { name: 'a file for each region', template: { passwordRef: 'generate:file:/{regionId}' }, path: 'passwordRef' },
  { name: 'a host name', template: { hostname: 'web-1' }, path: 'hostname' },
  {
    name: 'a host of a health check',
    template: {
      healthChecks: [
        { kind: 'tcp', port: 22 },
        { kind: 'tcp', host: '10.0.0.5', port: 22 },
      ],
    },
    path: 'healthChecks.1.host',
  },
  {
    name: 'this machine in a health check',
    template: { healthChecks: [{ kind: 'tcp', host: '127.0.0.1', port: 22 }] },
    path: 'healthChecks.0.host',
  },
  {
    name: 'a URL of a health check',
    template: { healthChecks: [{ kind: 'http', url: 'https://web-1.example.com/ok' }] },
    path: 'healthChecks.0.url',
  },
  {
    name: 'a host name in metadata',
    template: { metadata: [{ key: 'Host-Name', value: 'x' }] },
    path: 'metadata.0.key',
  },
  { name: "a VM's id in metadata", template: { metadata: [{ key: 'self', value: 'i-a2' }] }, path: 'metadata.0.value' },
  {
    name: "a VM's name in metadata",
    template: { metadata: [{ key: 'self', value: 'web-1' }] },
    path: 'metadata.0.value',
  },
];

const OF_ALL: readonly { name: string; template: Written }[] = [
  { name: 'a file for each VM', template: { passwordRef: 'generate:file:/pw/{regionId}-{instanceId}' } },
  { name: 'a command that is told the VM', template: { passwordRef: 'generate:exec:/to/vault' } },
  { name: 'one password for all', template: { passwordRef: 'env:PASSWORD' } },
  { name: 'the address of each', template: { healthChecks: [{ kind: 'tcp', port: 22 }] } },
  {
    name: 'a service that is told the VM',
    template: { healthChecks: [{ kind: 'http', url: 'https://example.com/health?node={instanceId}' }] },
  },
  { name: 'a program', template: { healthChecks: [{ kind: 'exec', command: ['/to/check'] }] } },
  {
    name: 'metadata of all',
    template: {
      metadata: [
        { key: 'role', value: 'web' },
        { key: 'empty', value: '' },
      ],
    },
  },
];

describe('oneVmValues', () => {
  for (const { name, template, path } of ONE) {
    it(`finds ${name}`, () => assert.deepEqual(pathsIn(template), [path]));
  }

  for (const { name, template } of OF_ALL) {
    it(`lets ${name} be`, () => assert.deepEqual(pathsIn(template), []));
  }

  it('tells all of them at once', () => {
    const template: Written = { passwordRef: 'generate:file:/pw', hostname: 'web' };
    assert.deepEqual(pathsIn(template), ['passwordRef', 'hostname']);
  });

  it('has an opinion on every field that a rebuild takes: a new one may be of one VM too', () => {
    const judged = ['passwordRef', 'hostname', 'healthChecks', 'metadata'];
    const ofFleet = ['regionId', 'instanceId', 'imageId', 'notAfter', 'onlyFromImages', 'onlyAfterOperation'];
    const ofRecord = ['requestId', 'requestedBy', 'reason', 'overrideProtection'];
    const ofAll = ['keyNames', 'userdata', 'passWordAuth', 'imageInherit', 'power', 'backup', 'backupDataDisks'];
    const ofAllToo = ['keepBackups', 'onFailure', 'hold', 'requireHealthyBefore', 'deadlines'];
    const known = [...judged, ...ofFleet, ...ofRecord, ...ofAll, ...ofAllToo];
    assert.deepEqual(Object.keys(RebuildRequest.shape).toSorted(), known.toSorted());
  });
});
