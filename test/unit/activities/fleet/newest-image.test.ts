import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { newestOf, type PickRule } from '../../../../activities/fleet/pin-image.js';
import { Image } from '../../../../jdcloud/schemas.js';
import { NOW } from '../facts.js';

const OWN: object = { imageSource: 'private', ownerPin: 'me', status: 'ready', offline: false };
const image = (imageId: string, createTime: string | null, more: object = {}) =>
  Image.parse({ imageId, name: `golden-${imageId}`, createTime, ...OWN, ...more });
const shared = { imageSource: 'shared', ownerPin: 'mallory' };

const november = image('nov', '2026-11-01 10:00:00');
const december = '2026-12-01 10:00:00';

const ROWS: readonly {
  name: string;
  images: readonly Image[];
  rule?: Partial<PickRule>;
  is: string | RegExp;
  why?: RegExp;
}[] = [
  { name: 'the newer of two', images: [image('oct', '2026-10-01 10:00:00'), november], is: 'nov', why: /it is older/ },
  {
    name: "no stranger's",
    images: [november, image('x', december, shared)],
    is: 'nov',
    why: /shared image of mallory/,
  },
  {
    name: 'that of an owner who is named',
    images: [november, image('x', december, shared)],
    rule: { sharedBy: ['mallory'] },
    is: 'x',
  },
  {
    name: 'none of an owner who is not',
    images: [november, image('x', december, shared)],
    rule: { sharedBy: ['mall'] },
    is: 'nov',
  },
  {
    name: 'any that is shared, by a star',
    images: [november, image('x', december, shared)],
    rule: { sharedBy: ['*'] },
    is: 'x',
  },
  {
    name: 'none whose owner nobody tells, though owners are named',
    images: [november, image('x', december, { ...shared, ownerPin: null })],
    rule: { sharedBy: ['mallory'] },
    is: 'nov',
  },
  {
    name: 'no community image, whoever is named',
    images: [november, image('x', december, { ...shared, imageSource: 'community' })],
    rule: { sharedBy: ['*'] },
    is: 'nov',
  },
  {
    name: 'none that is being made',
    images: [november, image('x', december, { status: 'pending' })],
    is: 'nov',
    why: /it is pending/,
  },
  { name: 'none that is offline', images: [november, image('x', december, { offline: true })], is: 'nov' },
  {
    name: 'none that has expired',
    images: [november, image('x', december, { expiredTime: '2026-11-20T00:00:00Z' })],
    is: 'nov',
    why: /expired/,
  },
  {
    name: 'none of two of the same second',
    images: [november, image('other', '2026-11-01 10:00:00')],
    is: /nov and other|other and nov/,
  },
  { name: 'none beside one of unknown age', images: [november, image('x', null)], is: /does not say when x was made/ },
  { name: 'the only one, whatever its age', images: [image('x', null)], is: 'x' },
  {
    name: 'the newest, though two older ones are alike',
    images: [november, image('a', '2026-01-01 10:00:00'), image('b', '2026-01-01 10:00:00')],
    is: 'nov',
  },
  {
    name: "none where all are others'",
    images: [image('x', december, shared)],
    is: /none of them can be taken: x "golden-x": it is a shared image of mallory/,
  },
];

describe('the newest image of a name', () => {
  for (const { name, images, rule = {}, is, why } of ROWS) {
    it(`is ${name}`, () => {
      const picked = newestOf(images, { sharedBy: [], now: NOW, ...rule });
      if ('problem' in picked) return assert.match(picked.problem, is instanceof RegExp ? is : /^$/);
      assert.equal(picked.image.imageId, is);
      assert.equal(picked.others.length, images.length - 1);
      if (why !== undefined) assert.match(picked.others[0]?.why ?? '', why);
    });
  }

  it('is, of any images in any order, the same one: of an owner who may be, and made later than all that could be', () => {
    const some = fc.record({
      imageSource: fc.constantFrom('private', 'shared', 'community', 'public'),
      ownerPin: fc.constantFrom('me', 'mallory', null),
      status: fc.constantFrom('ready', 'pending', 'error'),
      createTime: fc.constantFrom('2026-10-01 10:00:00', '2026-11-01 10:00:00', december, null),
    });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 6 }), fc.boolean(), (given, isReversed) => {
        const images = given.map((each, at) => Image.parse({ ...OWN, ...each, imageId: `img-${at}`, name: 'golden' }));
        const rule: PickRule = { sharedBy: ['mallory'], now: NOW };
        const picked = newestOf(images, rule);
        assert.deepEqual(newestOf(isReversed ? images.toReversed() : images, rule), picked);
        const mayBe = images.filter(
          ({ imageSource, ownerPin, status }) =>
            status === 'ready' && (imageSource === 'private' || (imageSource === 'shared' && ownerPin === 'mallory')),
        );
        const ages = mayBe.map(({ createTime }) => createTime ?? '').toSorted();
        const isClear = mayBe.length === 1 || (mayBe.length > 1 && ages[0] !== '' && ages.at(-1) !== ages.at(-2));
        assert.equal('image' in picked, isClear);
        if (!('image' in picked)) return;
        assert.ok(mayBe.includes(picked.image));
        assert.equal(picked.image.createTime ?? '', ages.at(-1));
      }),
    );
  });
});
