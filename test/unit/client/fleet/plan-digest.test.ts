import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { planDigest } from '../../../../client/fleets/plan.js';
import { canonicalJson } from '../../../../contracts/canonical-digest.js';
import { FleetPlan } from '../../../../contracts/fleet/fleet-plan.js';
import { fleetPlan, row } from './fleets.js';

describe('planDigest', () => {
  it('is SHA-256 over the canonical JSON of all but itself, each hundred rows by their own', () => {
    const sha256 = (value: unknown) => createHash('sha256').update(canonicalJson(value)).digest('hex');
    const rows = Array.from({ length: 201 }, (_, at) => row(`i-${at}`, 0));
    const { digest: _digest, rows: _rows, ...rest } = fleetPlan();
    const groups = [rows.slice(0, 100), rows.slice(100, 200), rows.slice(200)];
    assert.equal(planDigest(fleetPlan({ rows })), sha256({ ...rest, rows: groups.map(sha256) }));
    assert.equal(planDigest(fleetPlan({ digest: '' })), planDigest(fleetPlan()));
  });

  it('is the same for a plan that was saved and read again', () => {
    assert.equal(planDigest(FleetPlan.parse(JSON.parse(JSON.stringify(fleetPlan())))), planDigest(fleetPlan()));
  });

  it('is another one for each change', () => {
    const changes: Partial<FleetPlan>[] = [
      { planId: 'plan-reimage:cn-north-1:web:2' },
      { plannedAt: '2026-11-24T06:00:00.001Z' },
      { image: { imageId: 'img-new', name: 'web 2026-11', isNew: false } },
      { rows: [row('i-a2', 0), row('i-a1', 1), row('i-a3', 1), row('i-a4', null)] },
      { limits: { ...fleetPlan().limits, held: 2 } },
      { warnings: [{ code: 'x', message: 'y' }] },
    ];
    const digests = [{}, ...changes].map((change) => planDigest(fleetPlan(change)));
    assert.equal(new Set(digests).size, digests.length);
  });
});

describe('canonicalJson', () => {
  it('does not depend on the order of keys, and does on that of lists', () => {
    assert.equal(canonicalJson({ b: [{ d: 1, c: 2 }], a: null }), '{"a":null,"b":[{"c":2,"d":1}]}');
    assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
  });
});
