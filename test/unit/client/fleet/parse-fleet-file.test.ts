import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ReimageInvalidInputError } from '../../../../client/connection/errors.js';
import { fleetSchema, parseFleetFile } from '../../../../client/fleets/fleet-file.js';
import { FleetSpec } from '../../../../contracts/fleet/fleet-spec.js';
import { codeBlocksOf } from '../../../docs/markdown.js';
import { holds } from '../../../fuzz/holds.js';
import { SPEC } from './fleets.js';

const GOOD = `name: web
regionId: cn-north-1
select:
  tags: [{ key: app, values: [web] }]
image: { id: img-new }
rebuild:
  keyNames: [ops]
  passWordAuth: no
`;

const ROWS: readonly { name: string; text: string; says: string; field?: string }[] = [
  {
    name: 'a wrong value',
    text: `${GOOD}rollout:\n  canary: 200%\n`,
    says: 'f.yaml:10:11 rollout.canary: must be a whole number',
    field: 'rollout.canary',
  },
  {
    name: 'a plan that was saved',
    text: '{ "planId": "p", "digest": "d", "rows": [] }',
    says: 'f.yaml is a plan that was saved, and not the file of a fleet',
    field: '',
  },
  {
    name: 'a wrong value in a list',
    text: `${GOOD}rollout:\n  waves: [10%, x]\n`,
    says: 'f.yaml:10:16 rollout.waves.1: must be',
    field: 'rollout.waves.1',
  },
  {
    name: 'an unknown field',
    text: `${GOOD}rollout:\n  wave: 3\n`,
    says: 'f.yaml:10:3 rollout.wave: unknown field, did you mean waves?',
    field: 'rollout.wave',
  },
  {
    name: 'a field that is missing',
    text: GOOD.replace(/image.*\n/, ''),
    says: 'f.yaml:1:1 image: is missing',
    field: 'image',
  },
  {
    name: 'a span of time in no unit that there is',
    text: `${GOOD}rollout: { bakeSeconds: 5w }\n`,
    says: 'f.yaml:9:25 rollout.bakeSeconds: must be a number',
  },
  {
    name: 'a span of time that is too long',
    text: `${GOOD}rollout: { bakeSeconds: 8d }\n`,
    says: 'f.yaml:9:25 rollout.bakeSeconds: must be at most 604800',
  },
  {
    name: 'a kind that there is not',
    text: `${GOOD}rollout: { order: { by: zone } }\n`,
    says: 'f.yaml:9:25 rollout.order.by: ',
  },
  {
    name: 'a rule between fields',
    text: GOOD.replace(/ {2}key.*\n/, ''),
    says: 'f.yaml:7:3 rebuild.passwordRef: no way to log in',
  },
  {
    name: 'a launch script that nothing runs',
    text: GOOD.replace(
      '  passWordAuth: no\n',
      `  userdata:\n    - key: launch-script\n      value: ${Buffer.from('echo hi').toString('base64')}\n`,
    ),
    says: 'f.yaml:10:14 rebuild.userdata.0.value: is no script that JD Cloud runs',
    field: 'rebuild.userdata.0.value',
  },
  {
    name: 'one password file for several VMs',
    text: GOOD.replace(/tags: .*/, 'instanceIds: [i-1, i-2]').replace(
      'keyNames: [ops]',
      "passwordRef: 'generate:file:/pw'",
    ),
    says: 'f.yaml:7:16 rebuild.passwordRef: names one file',
    field: 'rebuild.passwordRef',
  },
  { name: 'a key twice', text: `${GOOD}name: db\n`, says: 'f.yaml:9:1 Map keys must be unique' },
  { name: 'broken YAML', text: 'name: [1, 2', says: 'f.yaml:1:' },
  { name: 'an unknown tag', text: 'name: !secret x', says: 'f.yaml:1:7 Unresolved tag' },
  { name: 'an alias without an anchor', text: 'name: *x', says: 'f.yaml: Unresolved alias' },
  { name: 'a value behind an alias', text: `x: &x 7\n${GOOD.replace('[ops]', '*x')}`, says: 'rebuild.keyNames: ' },
  { name: 'two documents', text: `${GOOD}---\n${GOOD}`, says: 'f.yaml:9:1 begins a second YAML document: ' },
  { name: 'an empty file', text: '', says: 'f.yaml is empty: it describes no fleet' },
  { name: 'comments alone', text: '# web\n---\n', says: 'f.yaml is empty: it describes no fleet' },
  {
    name: 'a text that was read in a wrong encoding',
    text: GOOD.replace('web', '\uFFFD\uFFFD'),
    says: 'f.yaml holds U+FFFD, the sign for what could not be read (line 1, byte 7)',
  },
  {
    name: 'aliases that blow up',
    text: `a: &a [1,1,1,1,1,1,1,1,1,1]\n${'bcdefgh'.replaceAll(/./g, (key, n: number) => `${key}: &${key} [${Array(10).fill(`*${'abcdefgh'[n]}`).join()}]\n`)}`,
    says: 'f.yaml: ',
  },
  { name: 'a file of megabytes', text: `name: ${'x'.repeat(2_000_001)}`, says: 'too large' },
];

describe('parseFleetFile', () => {
  it('reads YAML, and JSON alike', () => {
    const { rebuild, ...rest } = parseFleetFile(GOOD, 'f.yaml');
    assert.deepEqual(rest, (({ rebuild: _rebuild, ...spec }) => spec)(FleetSpec.parse({ ...SPEC, rollout: {} })));
    assert.equal(rebuild.passWordAuth, 'no');
    assert.deepEqual(parseFleetFile(JSON.stringify(SPEC, null, 2), 'f.json'), FleetSpec.parse(SPEC));
  });

  it('reads bytes, with a byte order mark too', () => {
    assert.deepEqual(parseFleetFile(Buffer.from(`\uFEFF${GOOD}`), 'f.yaml'), parseFleetFile(GOOD, 'f.yaml'));
    assert.deepEqual(parseFleetFile(`\uFEFF${GOOD}`, 'f.yaml'), parseFleetFile(GOOD, 'f.yaml'));
  });

  it('given bytes of another encoding, then the error names file, line and byte', () => {
    const gbk = Buffer.concat([Buffer.from(`${GOOD}exclude:\n  name: `), Buffer.from([0xb2, 0xe2, 0xca, 0xd4])]);
    assert.throws(() => parseFleetFile(gbk, 'f.yaml'), /f\.yaml is not UTF-8 \(line 10, byte \d+\): save it as UTF-8/);
    assert.throws(() => parseFleetFile(Buffer.from(GOOD, 'utf16le'), 'f.yaml'), /f\.yaml looks like UTF-16, not UTF-8/);
  });

  for (const { name, text, says, field } of ROWS) {
    it(`given ${name}, then the error names where`, () => {
      assert.throws(
        () => parseFleetFile(text, 'f.yaml'),
        (error) => {
          assert.ok(error instanceof ReimageInvalidInputError);
          assert.ok(error.message.includes(says), error.message);
          assert.ok(!error.message.includes('\n') && error.message.length < 5_000);
          if (field !== undefined) assert.equal(error.field, field);
          return true;
        },
      );
    });
  }

  it('tells twenty problems at most, and repeats no value', () => {
    const secret = 'hunter2-in-the-wrong-place';
    const text =
      GOOD.replace('[ops]', `[ops]\n  passwordRef: ${secret}`) +
      `rollout: { waves: [${Array(30).fill('x').join()}] }\n`;
    assert.throws(
      () => parseFleetFile(text, 'f.yaml'),
      (error) =>
        error instanceof Error &&
        !error.message.includes(secret) &&
        / and 1\d more$/.test(error.message.replaceAll(';', '')),
    );
  });

  it('given any text, then gives a fleet or one clear error', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.string().map((tail) => GOOD + tail),
    );
    await holds(
      fc.property(text, (any) => {
        try {
          parseFleetFile(any, 'f.yaml');
        } catch (error) {
          assert.ok(error instanceof ReimageInvalidInputError, String(error));
        }
      }),
      300,
    );
  });
});

describe('docs/fleets.md', () => {
  it('shows a file that is one', async () => {
    const page = await readFile(new URL('../../../../docs/fleets.md', import.meta.url), 'utf8');
    const files = codeBlocksOf(page).filter(({ language }) => language === 'yaml');
    assert.deepEqual(
      files.map(({ code }) => parseFleetFile(code, 'f.yaml').rollout.waves),
      [['10%', '50%']],
    );
  });
});

describe('a span of time in a fleet file', () => {
  it('is written as a flag takes it, wherever a field is in seconds, and is text elsewhere', () => {
    const rollout =
      'rollout: { bakeSeconds: 10m, maxUnavailable: { maxObservationAgeSeconds: 45s }, approval: { deadlineSeconds: 2h } }';
    const fleet = parseFleetFile(`${GOOD}  metadata: [{ key: maxSeconds, value: 5m }]\n${rollout}\n`, 'f.yaml');

    const { bakeSeconds, maxUnavailable, approval } = fleet.rollout;
    assert.deepEqual([bakeSeconds, maxUnavailable.maxObservationAgeSeconds, approval.deadlineSeconds], [600, 45, 7200]);
    assert.equal(fleet.rebuild.metadata?.[0]?.value, '5m');
  });
});

describe('docs/fleet.schema.json', () => {
  it('is what the code takes: write it anew with scripts/write-fleet-schema.ts', async () => {
    const text = await readFile(new URL('../../../../docs/fleet.schema.json', import.meta.url), 'utf8');
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(fleetSchema())));
  });
});
