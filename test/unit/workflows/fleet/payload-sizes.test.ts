import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { operationDigest } from '../../../../activities/checks/metadata.js';
import { FLEET_UPDATES } from '../../../../contracts/fleet/fleet-control.js';
import { FleetInput } from '../../../../contracts/fleet/fleet-input.js';
import { type FleetMember, packMembers } from '../../../../contracts/fleet/fleet-members.js';
import { MEMBER_STATES } from '../../../../contracts/fleet/fleet-progress.js';
import { FleetSpec, RebuildTemplate } from '../../../../contracts/fleet/fleet-spec.js';
import { METADATA_MAX_PAIRS } from '../../../../contracts/rebuild-request.js';
import { createPayloadCodec } from '../../../../temporal/encryption/payload-codec.js';
import { judgedBy } from '../../../../workflows/fleet/bake.js';
import { shorten } from '../../../../workflows/fleet/child-outcome.js';
import { FleetState } from '../../../../workflows/fleet/fleet-state.js';
import { pageOf } from '../../../../workflows/fleet/handlers.js';
import { resultOf } from '../../../../workflows/fleet/rollout.js';
import { summarize } from '../../../../workflows/fleet/status.js';
import { fleetInputFor } from '../../../fixtures/fleet-input.js';
import { holds } from '../../../fuzz/holds.js';

/** What the server takes in one payload. */
const SERVER_LIMIT = 2 * 1024 * 1024;
const LIMIT = 1_500_000;
const START = Date.parse('2026-11-24T06:00:00.000Z');

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const id = (prefix: string, at: number) => `${prefix}-${at.toString(36).padStart(10, '0')}`;

/** A fleet, and what has become of it. */
const fleets = fc.record({
  size: fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.constant(10_000)),
  images: fc.constantFrom(1, 3, 10_000),
  groups: fc.constantFrom(0, 3, 500),
  waves: fc.constantFrom(1, 7, 10_000),
  backup: fc.constantFrom('none', 'image'),
  metadata: fc.record({
    pairs: fc.integer({ min: 0, max: METADATA_MAX_PAIRS - 1 }),
    value: fc.constantFrom(10, 4_000, 16_384),
  }),
  text: fc.constantFrom('x', '升', '"', '😀'),
  note: fc.constantFrom(0, 30, 200),
  acts: fc.constantFrom(0, 40, 500, 700),
  reason: fc.constantFrom(2, 512),
  states: fc.array(fc.constantFrom(...MEMBER_STATES), { minLength: 1, maxLength: 9 }),
});
type Given = typeof fleets extends fc.Arbitrary<infer T> ? T : never;

const times = (text: string, length: number) => text.repeat(Math.floor(length / text.length));

function inputOf({ size, images, groups, waves, backup, metadata, text }: Given) {
  const members = Array.from({ length: size }, (_, at): FleetMember => ({
    instanceId: id('i', at),
    az: `cn-north-1${'abc'[at % 3]}`,
    group: groups === 0 ? null : `${times(text, 30)}${at % groups}`,
    imageBefore: id('img', at % images),
    image: id('img', 99_999),
  }));
  const pairs = Array.from({ length: metadata.pairs }, (_, at) => ({
    key: `k${at}`,
    value: 'v'.repeat(metadata.value),
  }));
  const { members: _one, ...whole } = fleetInputFor(members.slice(0, 1), { input: { requestedBy: times(text, 100) } });
  const most = Math.min(waves, size);
  return FleetInput.safeParse({
    ...whole,
    template: RebuildTemplate.parse({ keyNames: ['ops'], backup, ...(pairs.length > 0 && { metadata: pairs }) }),
    members: packMembers(members),
    waves: Array.from({ length: most }, (_, at) => ({ name: `wave ${at + 1}`, size: at === 0 ? size - most + 1 : 1 })),
  });
}

/** Everything that may be known of every VM, and all acts that there may be. */
function recordOf(input: FleetInput, { text, note, backup, acts, reason, states }: Given): FleetState {
  const record = new FleetState(input, () => START);
  for (const { at } of record.members.all) {
    record.members.change(at, {
      state: states[at % states.length] ?? 'failed',
      attempts: 1 + (at % 3),
      startedAt: START + 50_000_000 + at * 1_000,
      finishedAt: START + 9_000_000_000 + at * 1_000,
      reason: note === 0 ? null : shorten(`${at} ${times(text, note)}`),
      failure: at % 2 === 0 ? 'RebuildOutcomeUnknown' : null,
      backupImageId: backup === 'image' ? id('img', 20_000 + at) : null,
      imageFound: at % 5 === 0 ? id('img', 50_000 + at) : null,
      lastOperation: operationDigest(`ticket-${at}`),
      powerFound: 'stopped',
      isDown: true,
      isMoved: at % 2 === 1,
      isBaked: true,
      isTolerated: true,
      goal: at % 7 === 0 ? 'rollback' : 'forward',
    });
  }
  for (let act = 0; act < acts; act += 1) {
    const { by, reason: why } = FLEET_UPDATES.pause.parse({ by: times(text, 128), reason: times(text, reason) });
    record.answers.keep(`set:${times('升', 150)}${act}`, record.recordAct('set', by, why));
  }
  return record;
}

const CODEC = createPayloadCodec([{ id: 'k'.repeat(60), secret: createSecretKey(Buffer.alloc(32, 1)) }]);
const withoutNotes = (record: FleetState) => record.members.all.map(({ reason: _note, ...member }) => member);

/** All that is to be so of a fleet that has come so far. */
async function assertFits(input: FleetInput, given: Given): Promise<void> {
  const record = recordOf(input, given);
  const next = { ...input, snapshot: record.snapshot() };

  assert.ok(bytesOf(next) <= LIMIT, `${bytesOf(next)} bytes`);
  const [payload] = await CODEC.encode([{ metadata: {}, data: Buffer.from(JSON.stringify(next)) }]);
  assert.ok(Buffer.from(payload?.data ?? []).toString('base64').length < SERVER_LIMIT);
  const again = new FleetState(FleetInput.parse(JSON.parse(JSON.stringify(next))), () => START);
  assert.deepEqual(withoutNotes(again), withoutNotes(record));
  const notes = notesIn(record) - notesIn(again);
  assert.deepEqual(again.omitted, { reasons: notes, auditEntries: given.acts - again.auditEntries.length });
  assert.deepEqual(again.auditEntries.slice(-20), record.auditEntries.slice(-20));
  assert.ok(bytesOf(summarize(input, again)) < 100_000);
  assert.ok(bytesOf(pageOf(record.members.all, { offset: 0, limit: 500 })) < LIMIT);
  assert.ok(bytesOf(resultOf(input, record)) <= LIMIT, `${bytesOf(resultOf(input, record))} bytes`);
}

const notesIn = ({ members }: FleetState) => members.all.filter(({ reason }) => reason !== null).length;

/** A fleet of ten thousand of which as much is known as can be, and that is not refused. */
const LARGEST: Given = {
  size: 10_000,
  images: 10_000,
  groups: 500,
  waves: 7,
  backup: 'image',
  metadata: { pairs: 2, value: 4_000 },
  text: '升',
  note: 200,
  acts: 700,
  reason: 512,
  states: [...MEMBER_STATES],
};

/** The same with less of the VMs, and with more to be sent to each. */
const HEAVIEST: Given = { ...LARGEST, images: 1, metadata: { pairs: 10, value: 16_384 } };

describe('what grows with a fleet', () => {
  for (const given of [LARGEST, HEAVIEST])
    it(`fits into a payload at its largest, with ${given.metadata.pairs} pairs of metadata`, async () => {
      await assertFits(FleetInput.parse(inputOf(given).data), given);
    });

  it('fits, encrypted and in base64 too, or is refused at its start; a continued run has all but notes and old acts', async () => {
    const fitsOrRefused = fc.asyncProperty(fleets, async (given) => {
      const { success, data, error } = inputOf(given);
      if (success) return await assertFits(data, given);
      assert.match(error.issues[0]?.message ?? '', /is too large: .* `rebuild`/);
    });
    await holds(fitsOrRefused, 8);
  });

  it('is refused at its start where its input alone leaves no room', () => {
    const { error } = inputOf({ ...LARGEST, images: 1, metadata: { pairs: METADATA_MAX_PAIRS - 1, value: 16_384 } });
    assert.match(
      error?.issues[0]?.message ?? '',
      /is too large: the fleet of 10000 VMs needs \d{7} bytes, and 1500000/,
    );
  });

  it('keeps little of what a health check says of a VM', () => {
    assert.equal(judgedBy('refused '.repeat(1_000)).reason?.length, 200);
  });

  it('is refused at its plan where rebuild alone is too large for one', () => {
    const metadata = Array.from({ length: METADATA_MAX_PAIRS - 1 }, (_, at) => ({
      key: `k${at}`,
      value: '"'.repeat(16_384),
    }));
    const spec = { name: 'web', regionId: 'cn-north-1', select: { name: '*' }, image: { id: 'img-1' } };
    const { error } = FleetSpec.safeParse({ ...spec, rebuild: { keyNames: ['ops'], metadata } });
    assert.deepEqual(
      error?.issues.map(({ path }) => path),
      [['rebuild']],
    );
    assert.match(
      error?.issues[0]?.message ?? '',
      /is too large: the fleet is 1\d{6} bytes of JSON, and may be 1000000/,
    );
  });
});
