import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  canBeKnown,
  proofOfNewDisk,
  provesLanding,
  type RebuildTarget,
} from '../../../activities/decisions/landing.js';
import {
  goneNow,
  type Observation,
  observe,
  toPowerState,
  toVmState,
  UNSEEN,
} from '../../../activities/decisions/observation.js';
import { Instance } from '../../../jdcloud/schemas.js';

const target = (overrides: Partial<RebuildTarget> = {}): RebuildTarget => ({
  vm: { regionId: 'cn-north-1', instanceId: 'i-1' },
  imageId: 'img-new',
  before: { imageId: 'img-old', systemDiskId: 'vol-old' },
  marker: 'op-1',
  markerUsable: true,
  ...overrides,
});
const seen = (overrides: Partial<Observation> = {}): Observation => ({
  status: 'stopped',
  imageId: 'img-old',
  systemDiskId: 'vol-old',
  observedAt: '2026-11-24T00:00:00.000Z',
  ...overrides,
});
const sameImage = target({ imageId: 'img-old' });

const proofs = [
  { name: 'our marker', target: sameImage, seen: seen(), marker: 'op-1', proves: true },
  { name: "another operation's marker", target: sameImage, seen: seen(), marker: 'op-0', proves: false },
  { name: 'the new image', target: target(), seen: seen({ imageId: 'img-new' }), marker: null, proves: true },
  { name: 'a third image', target: target(), seen: seen({ imageId: 'img-3' }), marker: null, proves: false },
  { name: 'the same image, asked for again', target: sameImage, seen: seen(), marker: null, proves: false },
  { name: 'another system disk', target: sameImage, seen: seen({ systemDiskId: 'vol-2' }), marker: null, proves: true },
  { name: 'a disk id left out', target: sameImage, seen: seen({ systemDiskId: null }), marker: null, proves: false },
  {
    name: 'a disk id that was not known before',
    target: target({ before: { imageId: 'img-old', systemDiskId: null } }),
    seen: seen({ systemDiskId: 'vol-2' }),
    marker: null,
    proves: false,
  },
  { name: 'nothing changed', target: target(), seen: seen(), marker: null, proves: false },
];

describe('evidence of a rebuild', () => {
  for (const row of proofs) {
    it(`${row.name} ${row.proves ? 'proves' : 'does not prove'} that it landed`, () => {
      assert.equal(provesLanding(row.target, row.seen, row.marker), row.proves);
    });
  }

  const ENDS = [
    { name: 'all as it was', target: sameImage, seen: seen(), is: 'nothing' },
    { name: 'another disk', target: sameImage, seen: seen({ systemDiskId: 'vol-2' }), is: 'disk' },
    { name: 'a disk that was made anew under its id', target: sameImage, seen: seen(), createdAt: 'later', is: 'disk' },
    { name: 'no time of the disk any more', target: sameImage, seen: seen(), createdAt: null, is: 'nothing' },
    { name: 'no disk id any more', target: sameImage, seen: seen({ systemDiskId: null }), is: 'nothing' },
    { name: 'the image asked for, on the old disk', target: target(), seen: seen({ imageId: 'img-new' }), is: 'image' },
    { name: 'the former image, on the old disk', target: target(), seen: seen(), is: 'nothing' },
    {
      name: 'a disk id that was not known before',
      target: target({ imageId: 'img-old', before: { imageId: 'img-old', systemDiskId: null } }),
      seen: seen({ systemDiskId: 'vol-2' }),
      is: 'nothing',
    },
    { name: 'both new', target: target(), seen: seen({ imageId: 'img-new', systemDiskId: 'vol-2' }), is: 'disk' },
  ];
  for (const { name, target: wanted, seen: look, createdAt = 'then', is } of ENDS)
    it(`at the end, ${name}: ${is} shows that the disk was replaced`, () => {
      const before = { ...wanted.before, systemDiskCreatedAt: 'then' };
      assert.equal(proofOfNewDisk({ ...wanted, before }, look, createdAt), is);
    });

  it('may be missing only for the same image without a marker', () => {
    assert.equal(canBeKnown(sameImage), true);
    assert.equal(canBeKnown(target({ markerUsable: false })), true);
    assert.equal(canBeKnown({ ...sameImage, markerUsable: false }), false);
  });
});

describe('a look at a VM', () => {
  const at = new Date('2026-11-24T12:00:00Z');
  const observedAt = at.toISOString();

  it('takes status, image and system disk of it, and when', () => {
    const instance = Instance.parse({
      instanceId: 'i-1',
      status: 'running',
      imageId: 'img-1',
      systemDisk: { cloudDisk: { diskId: 'vol-1' } },
    });
    assert.deepEqual(observe(instance, at), {
      status: 'running',
      imageId: 'img-1',
      systemDiskId: 'vol-1',
      observedAt,
    });
  });

  for (const systemDisk of [undefined, {}, { cloudDisk: {} }])
    it(`with the disk ${JSON.stringify(systemDisk)} and nothing else knows when it was`, () => {
      const instance = Instance.parse({ instanceId: 'i-1', systemDisk });
      assert.deepEqual(observe(instance, at), { status: 'unknown', imageId: null, systemDiskId: null, observedAt });
    });

  it('is shown without the disk, and without the image where it was at the power state', () => {
    assert.deepEqual(toVmState(seen({ observedAt })), { status: 'stopped', imageId: 'img-old', observedAt });
    assert.deepEqual(toPowerState(seen({ observedAt })), { status: 'stopped', imageId: null, observedAt });
  });

  it('that was not made knows nothing, and of a VM that is gone only since when', () => {
    assert.deepEqual(UNSEEN, { status: null, imageId: null, observedAt: null });
    const { observedAt: goneAt, ...gone } = goneNow();
    assert.deepEqual(gone, { status: null, imageId: null });
    assert.ok(Date.parse(goneAt ?? '') >= Date.parse('2026-01-01'));
  });
});
