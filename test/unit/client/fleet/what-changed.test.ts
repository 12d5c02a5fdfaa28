import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whatChanged } from '../../../../client/fleets/compare-plans.js';
import type { FleetPlan } from '../../../../contracts/fleet/fleet-plan.js';
import { fleetPlan, row } from './fleets.js';

const ROWS: readonly { name: string; after: Partial<FleetPlan>; lines: string[] }[] = [
  { name: 'nothing', after: {}, lines: [] },
  {
    name: 'nothing that matters',
    after: {
      planId: 'plan-reimage:cn-north-1:web:2',
      digest: 'x',
      plannedAt: '2026-11-25T06:00:00.000Z',
      rows: [
        row('i-a1', 0, { status: 'stopped', unhealthyReason: 'it is', name: 'renamed' }),
        ...fleetPlan().rows.slice(1),
      ],
      estimate: { ...fleetPlan().estimate, totalSeconds: 1 },
      warnings: [{ code: 'x', message: 'y' }],
    },
    lines: [],
  },
  {
    name: 'the image',
    after: { image: { ...fleetPlan().image, imageId: 'img-newer' } },
    lines: ['image: img-new -> img-newer'],
  },
  {
    name: 'VMs that came and went',
    after: { rows: [row('i-a1', 0), row('i-a2', 1), row('i-a9', 1), row('i-a4', null)] },
    lines: ['not selected before: i-a9', 'selected no more: i-a3'],
  },
  {
    name: 'a skip',
    after: {
      rows: [row('i-a1', 0), row('i-a2', 1), row('i-a3', null), row('i-a4', null)],
      waves: [
        { name: 'canary', size: 1 },
        { name: 'wave 2', size: 1 },
      ],
    },
    lines: [
      'skipped otherwise: i-a3 (rebuilt -> excluded)',
      'in another wave: i-a3 (wave 2 -> none)',
      'waves: canary: 1, wave 2: 2 -> canary: 1, wave 2: 1',
    ],
  },
  {
    name: 'nothing where waves are called otherwise',
    after: {
      waves: [
        { name: 'canary', size: 1 },
        { name: 'wave 1', size: 2 },
      ],
    },
    lines: [],
  },
  {
    name: 'a first wave that is no canary',
    after: {
      waves: [
        { name: 'wave 1', size: 1 },
        { name: 'wave 2', size: 2 },
      ],
    },
    lines: ['waves: canary: 1, wave 2: 2 -> wave 1: 1, wave 2: 2'],
  },
  {
    name: "a VM's image",
    after: { rows: [row('i-a1', 0, { imageBefore: 'img-x' }), ...fleetPlan().rows.slice(1)] },
    lines: ['has another image: i-a1 (img-old -> img-x)'],
  },
  {
    name: 'the order',
    after: { rows: [row('i-a1', 0), row('i-a3', 1), row('i-a2', 1), row('i-a4', null)] },
    lines: ['order: the VMs are taken in another order'],
  },
  {
    name: 'who is the canary',
    after: { rows: [row('i-a2', 0), row('i-a1', 1), row('i-a3', 1), row('i-a4', null)] },
    lines: [
      'in another wave: i-a1 (canary -> wave 2), i-a2 (wave 2 -> canary)',
      'order: the VMs are taken in another order',
    ],
  },
  {
    name: 'the fleet itself',
    after: { spec: { ...fleetPlan().spec, skipMatching: false } },
    lines: ['skipMatching: not what it was'],
  },
  {
    name: 'that the image is new',
    after: { image: { ...fleetPlan().image, isNew: false } },
    lines: ['image counts as new: true -> false'],
  },
];

describe('whatChanged', () => {
  for (const { name, after, lines } of ROWS) {
    it(`tells ${name}`, () => assert.deepEqual(whatChanged(fleetPlan(), fleetPlan(after)), lines));
  }

  it('names twenty VMs and counts the others', () => {
    const many = Array.from({ length: 25 }, (_, n) => row(`i-b${n}`, 1));
    const [line = ''] = whatChanged(fleetPlan(), fleetPlan({ rows: [...fleetPlan().rows, ...many] }));
    assert.match(line, /^not selected before: i-b0, .*, i-b19, and 5 more$/);
  });
});
