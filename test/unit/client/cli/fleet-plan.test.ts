import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planDigest } from '../../../../client/fleets/plan.js';
import type { FleetPlan } from '../../../../contracts/fleet/fleet-plan.js';
import type { FleetSpecInput } from '../../../../contracts/fleet/fleet-spec.js';
import { fleetPlan, row, SPEC } from '../fleet/fleets.js';
import { runFake } from './fake-deps.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const readFile = (text: string) => async () => bytes(text);
const signed = (overrides: Partial<FleetPlan> = {}) => {
  const plan = fleetPlan(overrides);
  return { ...plan, digest: planDigest(plan) };
};
const PLAN_ID = 'plan-reimage:cn-north-1:web:1';

/** Runs `fleet plan` and gives, beside what it printed, the fleet that the library was asked about. */
async function planned(argv: readonly string[], io: Parameters<typeof runFake>[1] = {}) {
  const asked: FleetSpecInput[] = [];
  const plan = async (spec: FleetSpecInput) => {
    asked.push(spec);
    return signed();
  };
  const seen = await runFake(['fleet', 'plan', ...argv], { ...io, fleets: { plan } });
  return { ...seen, spec: asked[0] };
}

const FLAGS = '--name web --region cn-north-1 --tag app=web --image img-new --key ops'.split(' ');

describe('fleet plan', () => {
  it('given a file, then plans what it says and prints all of the plan', async () => {
    const { spec, out, err, exitCode } = await planned(['web.yaml'], {
      io: { readFile: readFile(JSON.stringify(SPEC)) },
      env: { USER: 'alice' },
    });
    assert.equal(exitCode, 0, err.join('\n'));
    assert.deepEqual([spec?.name, spec?.requestedBy, spec?.rollout?.bakeSeconds], ['web', 'alice', 60]);
    assert.ok(out.includes('  i-a1 name-of-i-a1 cn-north-1a img-old -> img-new ! erases system disk'), out.join('\n'));
    assert.equal(out.at(-1), 'Nothing was touched.');
  });

  it('shows in red that a system disk is erased, and nothing else of the line', async () => {
    const red = (style: string, text: string) => `<${style}>${text}</>`;
    const { out } = await planned(['web.yaml'], {
      io: { readFile: readFile(JSON.stringify(SPEC)), colourOut: red },
      env: { USER: 'alice' },
    });
    assert.ok(out.includes('  i-a1 name-of-i-a1 cn-north-1a img-old -> img-new <red>! erases system disk</>'));
  });

  it('given flags, then they describe the fleet', async () => {
    const more =
      '--vm-name web-* --az a,b --exclude-ids i-1,i-2 --canary 2 --waves 10%,5 --max-unavailable 20% --backup image --on-failure rollback --health tcp:22 --requested-by bob --reason patch';
    const { spec, err } = await planned([...FLAGS, '--tag', 'tier', ...more.split(' ')]);
    assert.deepEqual(
      spec && {
        select: spec.select,
        exclude: spec.exclude,
        canary: spec.rollout?.canary,
        waves: spec.rollout?.waves,
        down: spec.rollout?.maxUnavailable?.fleet,
        rebuild: [
          spec.rebuild.keyNames,
          spec.rebuild.backup,
          spec.rebuild.onFailure,
          spec.rebuild.healthChecks?.length,
        ],
        record: [spec.requestedBy, spec.reason],
      },
      {
        select: { tags: [{ key: 'app', values: ['web'] }, { key: 'tier' }], name: 'web-*', azs: ['a', 'b'] },
        exclude: { instanceIds: ['i-1', 'i-2'] },
        canary: 2,
        waves: ['10%', 5],
        down: '20%',
        rebuild: [['ops'], 'image', 'rollback', 1],
        record: ['bob', 'patch'],
      },
      err.join('\n'),
    );
  });

  const WRONG: readonly { name: string; argv: readonly string[]; file?: string; says: RegExp }[] = [
    {
      name: 'a file with a mistake',
      argv: ['web.yaml'],
      file: 'name: web\nregion: x\n',
      says: /^reimage: InvalidInput: Invalid fleet:\n(?: {2}web\.yaml.*\n)* {2}web\.yaml:2:1 region: unknown field, did you mean regionId\?\n/m,
    },
    { name: 'a file that is not there', argv: ['web.yaml'], says: /web\.yaml is not there/ },
    {
      name: 'a file and flags',
      argv: ['web.yaml', '--canary', '2'],
      file: JSON.stringify(SPEC),
      says: /--canary is for a fleet without a file: write it into web\.yaml/,
    },
    {
      name: 'a file and a backup',
      argv: ['web.yaml', '--backup', 'image'],
      file: JSON.stringify(SPEC),
      says: /--backup is for a fleet without a file/,
    },
    {
      name: 'no VMs',
      argv: FLAGS.filter((word) => word !== '--tag' && word !== 'app=web'),
      says: /\(--ids, --tag, --vm-name or --az\)/,
    },
    { name: 'no login', argv: FLAGS.slice(0, -2), says: /\(--password-from, --key or --image-inherit\)/ },
    {
      name: 'no image',
      argv: FLAGS.filter((word) => word !== '--image' && word !== 'img-new'),
      says: /\(--image or --image-newest\)/,
    },
    {
      name: 'accounts beside an image by its id',
      argv: [...FLAGS, '--image-shared-by', '4711'],
      says: /newestNamed.*\(--image-shared-by\)/,
    },
    { name: 'a wave of none', argv: [...FLAGS, '--waves', '0'], says: /\(--waves\)/ },
    { name: 'a check that is none', argv: [...FLAGS, '--health', 'tcp:99999'], says: /\(--health\)/ },
    {
      name: 'no region',
      argv: FLAGS.filter((word) => word !== '--region' && word !== 'cn-north-1'),
      says: /--region, or JDCLOUD_REGION/,
    },
  ];
  for (const { name, argv, file, says } of WRONG) {
    it(`given ${name}, then one error says so, and nobody is asked`, async () => {
      const { err, exitCode, calls } = await planned(
        argv,
        file === undefined ? {} : { io: { readFile: readFile(file) } },
      );
      assert.match(err.join('\n'), says);
      assert.deepEqual([exitCode, calls], [2, []]);
    });
  }

  it('with --save writes a plan that show reads again', async () => {
    const written = new Map<string, string>();
    const writeNewFile = async (path: string, text: string) => void written.set(path, text);
    const { err, out } = await planned([...FLAGS, '--save', 'p.json', '--output', 'json'], { io: { writeNewFile } });
    assert.ok(err.includes('saved as p.json'));
    assert.deepEqual(JSON.parse(written.get('p.json') ?? ''), JSON.parse(out.join('')));
    const shown = await runFake(['fleet', 'show', 'p.json'], {
      io: { readFile: readFile(written.get('p.json') ?? '') },
    });
    assert.deepEqual(
      [shown.exitCode, shown.calls, shown.out[0]],
      [0, [], 'Reimage of web in cn-north-1: 3 of 4 VMs are rebuilt'],
    );
  });

  it('given a file to save in that is there already, then says so and where the plan is', async () => {
    const writeNewFile = () =>
      Promise.reject(Object.assign(new Error('EEXIST: file already exists'), { code: 'EEXIST' }));
    const { err, exitCode } = await planned([...FLAGS, '--save', 'p.json'], { io: { writeNewFile } });
    assert.match(
      err.join('\n'),
      /--save: p\.json is there already, and is not written over\. The plan is plan-reimage:cn-north-1:web:1\./,
    );
    assert.equal(exitCode, 2);
  });
});

describe('fleet show', () => {
  it('given an id, then asks the namespace', async () => {
    const { out, calls, exitCode } = await runFake(['fleet', 'show', PLAN_ID, '--output', 'json'], {
      fleets: { readPlan: async () => signed() },
    });
    assert.deepEqual([JSON.parse(out.join('')), calls, exitCode], [signed(), ['fleets.readPlan', 'close'], 0]);
  });

  it('given a plan that was changed by hand, or none, then says so', async () => {
    const changed = { ...signed(), rows: [row('i-other', 0)] };
    for (const [text, says] of [
      [JSON.stringify(changed), /p\.json is not what its digest says/],
      ['{}', /p\.json holds no plan/],
      ['not JSON', /p\.json holds no plan/],
    ] as const) {
      const { err, exitCode } = await runFake(['fleet', 'show', 'p.json'], { io: { readFile: readFile(text) } });
      assert.match(err.join('\n'), says);
      assert.equal(exitCode, 2);
    }
  });

  it('tells whose the image is, and what else has such a name, in one line each', async () => {
    const origin = { source: 'private', owner: '4711', createdAt: '2026-11-01T02:00:00.000Z' };
    const other = { ...origin, source: 'shared', owner: 'mallory', imageId: 'img-x', name: 'golden\u001b[31m-12' };
    const others = { count: 12, images: [{ ...other, reason: 'it is a shared image of mallory' }] };
    const plan = signed({ image: { ...fleetPlan().image, origin, others } });
    const { out } = await runFake(['fleet', 'show', PLAN_ID], { fleets: { readPlan: async () => plan } });
    assert.deepEqual(out.slice(2, 6), [
      '           private image of 4711, made 2026-11-01T02:00:00.000Z',
      '  also     12 images of such a name, not taken:',
      '           img-x "golden-12", made 2026-11-01T02:00:00.000Z: it is a shared image of mallory',
      '           and 11 older ones',
    ]);
  });

  it('tells once what is against many VMs, and names them', async () => {
    const why = ['Key pair opz does not exist in cn-north-1.', 'img-new is too old.'];
    const refused = ['i-a2', 'i-a3'].map((id) => row(id, null, { skip: { code: 'validation-failed', reasons: why } }));
    const alone = row('i-a4', null, { skip: { code: 'validation-failed', reasons: why.slice(0, 1) } });
    const plan = signed({ rows: [row('i-a1', 0), ...refused, alone], waves: [{ name: 'wave 1', size: 1 }] });
    const { out } = await runFake(['fleet', 'show', PLAN_ID], { fleets: { readPlan: async () => plan } });
    const from = out.indexOf('skipped:');
    assert.deepEqual(out.slice(from, from + 7), [
      'skipped:',
      '  validation-failed (3):',
      '    Key pair opz does not exist in cn-north-1.',
      '    img-new is too old.',
      '      i-a2 name-of-i-a2 cn-north-1a',
      '      i-a3 name-of-i-a3 cn-north-1a',
      '    i-a4 name-of-i-a4 cn-north-1a: Key pair opz does not exist in cn-north-1.',
    ]);
  });

  it('tells skipped, sick, waves, limits, times, windows and warnings', async () => {
    const maintenance = {
      zone: 'Asia/Shanghai',
      windows: [{ days: ['sat' as const], from: '22:00', to: '02:00' }],
      blackout: [],
    };
    const plan = signed({
      spec: { ...fleetPlan().spec, rollout: { ...fleetPlan().spec.rollout, maintenance } },
      rows: [
        row('i-a1', 0, { unhealthyReason: 'tcp 10.0.0.1:22: connection\u001b[31m refused' }),
        row('i-a2', 1, { name: null, az: null }),
        row('i-a3', 1),
        row('i-a4', null, { skip: { code: 'validation-failed', reasons: ['too small', 'too old'] } }),
        row('i-a5', null),
        row('i-a6', null, { skip: { code: 'validation-failed', reasons: ['too small'] } }),
      ],
      limits: {
        unavailable: { fleet: 2, perAz: { 'cn-north-1a': 1 } },
        failures: { fleet: 1, perWave: [0, 1], strict: true },
        held: 3,
      },
      nextWindows: [
        {
          opensAt: '2026-11-28T14:00:00.000Z',
          closesAt: '2026-11-28T18:00:00.000Z',
          local: 'Sat 22:00 to Sun 02:00 (02:30 does not exist)',
        },
      ],
      warnings: [{ code: 'frozen', message: 'Nothing would start now.' }],
    });
    const { out } = await runFake(['fleet', 'show', PLAN_ID], { fleets: { readPlan: async () => plan } });
    assert.deepEqual(out.slice(5), [
      '',
      'wave 1 (canary):',
      '  i-a1 name-of-i-a1 cn-north-1a img-old -> img-new ! erases system disk',
      'wave 2:',
      '  i-a2 - - img-old -> img-new ! erases system disk',
      '  i-a3 name-of-i-a3 cn-north-1a img-old -> img-new ! erases system disk',
      '',
      'skipped:',
      '  validation-failed (2):',
      '    i-a4 name-of-i-a4 cn-north-1a: too small',
      '      too old',
      '    i-a6 name-of-i-a6 cn-north-1a: too small',
      '  excluded (1):',
      '    i-a5 name-of-i-a5 cn-north-1a: The fleet excludes it.',
      '',
      'sick already:',
      '  i-a1 name-of-i-a1 cn-north-1a: tcp 10.0.0.1:22: connection refused',
      '',
      'WAVE             VMS',
      'wave 1 (canary)  1',
      'wave 2           2',
      'after each wave 1m 00s of bake',
      'unavailable at a time: 2; of them cn-north-1a 1',
      'failures tolerated: 1; in each wave 0, 1; strict',
      'held at a time: 3',
      'a rebuild takes 1m 40s, nine of ten at most 3m 20s (measured on 4)',
      'all of it takes about 8m 20s of rebuilding and 2m 00s of bake, without approvals and windows',
      'about 154 API calls at most',
      'maintenance windows, next openings:',
      '  Sat 22:00 to Sun 02:00 (02:30 does not exist)  =  2026-11-28T14:00:00.000Z to 2026-11-28T18:00:00.000Z',
      'warning: Nothing would start now. (frozen)',
      'Nothing was touched.',
    ]);
  });
});
