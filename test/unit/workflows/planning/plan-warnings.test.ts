import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FleetRow } from '../../../../contracts/fleet/fleet-plan.js';
import { FleetSpec, type FleetSpecInput } from '../../../../contracts/fleet/fleet-spec.js';
import { type PlanFacts, warningsOf } from '../../../../workflows/planning/warnings.js';

const WINDOW = { zone: 'UTC', windows: [{ from: '01:00', to: '01:05' }] };
const row = (instanceId: string, skip: FleetRow['skip'] = null): FleetRow => ({
  instanceId,
  name: null,
  az: null,
  group: null,
  status: 'running',
  imageBefore: null,
  unhealthyReason: null,
  skip,
  wave: skip === null ? 0 : null,
});
const SKIP = { code: 'excluded', reasons: ['The fleet excludes it.'] } as const;
const skipped = (instanceId: string) => row(instanceId, { ...SKIP, reasons: [...SKIP.reasons] });
const specOf = (rollout: FleetSpecInput['rollout'] = {}) =>
  FleetSpec.parse({
    name: 'web',
    regionId: 'cn-north-1',
    select: { name: '*' },
    image: { id: 'img-1' },
    rebuild: { keyNames: ['ops'] },
    rollout,
  });
const rebuild = { p50Seconds: 100, p90Seconds: 200, samples: 3 };
const estimate = { rebuild, totalSeconds: 200, apiCalls: 1 };
const facts = (overrides: Partial<PlanFacts> = {}): PlanFacts => ({
  spec: specOf(),
  rows: [row('i-1'), row('i-2')],
  nextWindows: [],
  estimate,
  freeze: null,
  image: {},
  imagesLeft: null,
  overlaps: [],
  ofSelection: [],
  ofRebuilds: [],
  ...overrides,
});
const opening = (seconds: number) => ({
  opensAt: '2026-11-24T01:00:00.000Z',
  closesAt: new Date(Date.UTC(2026, 10, 24, 1, 0, seconds)).toISOString(),
  local: '',
});

const ROWS: readonly { name: string; given: Partial<PlanFacts>; codes: string[]; says?: RegExp }[] = [
  {
    name: 'another fleet over the same VMs, and one that does not tell',
    given: {
      overlaps: [
        { operationId: 'reimage:r:db', count: 22, instanceIds: ['i-1'] },
        { operationId: 'reimage:r:x', count: null, instanceIds: [] },
      ],
    },
    codes: ['fleets-overlap', 'fleets-overlap'],
    says: /^reimage:r:db is under way, and has 22 VMs of this plan too: i-1, and 21 more/,
  },
  { name: 'nothing to tell', given: {}, codes: [] },
  {
    name: 'no VM',
    given: { rows: [] },
    codes: ['nothing-selected'],
    says: /^web selects no VM of cn-north-1: it cannot/,
  },
  {
    name: 'no VM of a region that nobody knows',
    given: { rows: [], spec: { ...specOf(), regionId: 'cn-noth-1' } },
    codes: ['nothing-selected'],
    says: /^web selects no VM of cn-noth-1; region cn-noth-1 is none of those known .*mean cn-north-1\?: it cannot/,
  },
  {
    name: 'all VMs excluded',
    given: { rows: [skipped('i-1'), skipped('i-2')] },
    codes: ['nothing-to-rebuild'],
    says: /^web excludes all 2 VMs that it selects: it cannot be started/,
  },
  {
    name: 'no VM where there may be none',
    given: { rows: [], spec: { ...specOf(), allowEmpty: true } },
    codes: ['nothing-selected'],
    says: /^web selects no VM of cn-north-1\.$/,
  },
  {
    name: 'all VMs on the image',
    given: { rows: [row('i-1', { code: 'already-on-image', reasons: [] })] },
    codes: ['nothing-to-rebuild'],
    says: /^Every VM that is selected is skipped/,
  },
  {
    name: 'a frozen namespace',
    given: { freeze: { by: 'bob', reason: 'incident', since: '2026-11-24T00:00:00.000Z' } },
    codes: ['frozen'],
    says: /bob: incident/,
  },
  {
    name: 'a canary that is skipped',
    given: { spec: specOf({ canary: { instanceIds: ['i-1', 'i-3'] } }), rows: [row('i-1'), skipped('i-3')] },
    codes: ['canary-skipped'],
    says: /^i-3 of the canary is skipped\.$/,
  },
  {
    name: 'no canary left',
    given: { spec: specOf({ canary: { instanceIds: ['i-3'] } }), rows: [row('i-1'), skipped('i-3')] },
    codes: ['canary-skipped'],
    says: /there is no canary/,
  },
  { name: 'no opening', given: { spec: specOf({ maintenance: WINDOW }) }, codes: ['no-window'] },
  {
    name: 'windows too short',
    given: { spec: specOf({ maintenance: WINDOW }), nextWindows: [opening(199)] },
    codes: ['window-too-short'],
  },
  {
    name: 'a window just long enough',
    given: { spec: specOf({ maintenance: WINDOW }), nextWindows: [opening(60), opening(200)] },
    codes: [],
  },
  {
    name: 'a quota too small',
    given: { imagesLeft: 1 },
    codes: ['backup-quota'],
    says: /room for 1 more private images.* 2 backups/,
  },
  { name: 'a quota large enough', given: { imagesLeft: 2 }, codes: [] },
  {
    name: 'times assumed',
    given: { estimate: { ...estimate, rebuild: { ...rebuild, samples: 0 } } },
    codes: ['assumed-times'],
  },
  {
    name: 'warnings of rebuilds, each once',
    given: {
      ofRebuilds: [
        { code: 'a', message: 'x' },
        { code: 'b', message: 'x' },
        { code: 'a', message: 'x' },
      ],
    },
    codes: ['a', 'b'],
    says: /^2 VMs: x/,
  },
];

describe('warningsOf', () => {
  for (const { name, given, codes, says } of ROWS) {
    it(name, () => {
      const warnings = warningsOf(facts(given));
      assert.deepEqual(
        warnings.map(({ code }) => code),
        codes,
      );
      if (says !== undefined) assert.match(warnings[0]?.message ?? '', says);
    });
  }

  it('tells what differs from VM to VM by one example, with how many VMs there are of its kind', () => {
    const ofRebuilds = Array.from({ length: 10_000 }, (_, at) => ({
      code: 'host-name-changed',
      message: `It was db-${at}.`,
    }));
    const told = warningsOf(facts({ ofRebuilds: [...ofRebuilds, { code: 'key-lost', message: 'The key ops.' }] }));
    assert.deepEqual(told, [
      { code: 'host-name-changed', message: '10000 VMs, for example: It was db-0.' },
      { code: 'key-lost', message: '1 VM: The key ops.' },
    ]);
  });

  it('tells a hundred different warnings of rebuilds, and how many more there are', () => {
    const ofRebuilds = Array.from({ length: 10_000 }, (_, at) => ({ code: `x-${at}`, message: 'a disk stays' }));
    const told = warningsOf(facts({ ofRebuilds }));
    assert.equal(told.length, 101);
    assert.match(told.at(-1)?.message ?? '', /have 9900 more warnings/);
  });
});
