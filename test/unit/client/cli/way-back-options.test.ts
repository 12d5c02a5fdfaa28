import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CliClient } from '../../../../client/cli/io/deps.js';
import { buildProgram } from '../../../../client/cli/program.js';
import { Hold } from '../../../../contracts/decision.js';
import { HealthCheck } from '../../../../contracts/health-check.js';
import type { RebuildRequestInput } from '../../../../contracts/rebuild-request.js';
import { nothingKnown, operation, plan, result, runFake, type Seen } from './fake-deps.js';

const ARGV = ['rebuild', 'i-a1', '--region', 'cn-north-1', '--image-inherit', '--yes'];

/** Runs a rebuild that goes well, and gives the request that reached the library. */
async function asked(
  more: readonly string[],
  file = '',
): Promise<{ request: RebuildRequestInput | undefined; seen: Seen }> {
  let request: RebuildRequestInput | undefined;
  const client: Partial<CliClient> = {
    get: nothingKnown,
    plan: async () => plan(),
    start: async (input) => {
      request = input;
      return operation();
    },
    wait: async () => result(),
  };
  const seen = await runFake([...ARGV, ...more], { client, io: { readFile: async () => Buffer.from(file) } });
  return { request, seen };
}

describe('the way back on the command line of rebuild', () => {
  it('becomes the fields of the request', async () => {
    const kept = ['--backup', 'image', '--backup-data-disks', '--keep-backups', '3'];
    const hold2h = ['--on-failure', 'hold', '--hold-for', '2h', '--at-hold-deadline', 'rollback'];
    const { request } = await asked([...kept, ...hold2h, '--deadline', 'backing-up=7200']);
    const { backup, backupDataDisks, keepBackups, onFailure, hold, deadlines } = request ?? {};
    assert.deepEqual([backup, backupDataDisks, keepBackups, onFailure], ['image', true, 3, 'hold']);
    assert.deepEqual(hold, { deadlineSeconds: 7200, atDeadline: 'rollback' });
    assert.equal(deadlines?.backingUpSeconds, 7200);
    assert.equal((await asked(['--backup', 'image', '--keep-backups', '30d'])).request?.keepBackups, '30d');
  });

  it('is the default of the contract where nothing is said', async () => {
    const { request } = await asked([]);
    const { backup, onFailure, hold, healthChecks, requireHealthyBefore } = request ?? {};
    assert.deepEqual(
      [backup, onFailure, hold, healthChecks, requireHealthyBefore],
      ['none', 'leave', Hold.parse({}), [], false],
    );
  });
});

const checks: { spec: string; is: object }[] = [
  { spec: 'tcp:22', is: { kind: 'tcp', host: '{privateIp}', port: 22 } },
  { spec: 'tcp:{elasticIp}:443', is: { kind: 'tcp', host: '{elasticIp}', port: 443 } },
  { spec: 'tcp:[2001:db8::1]:22', is: { kind: 'tcp', host: '2001:db8::1', port: 22 } },
  {
    spec: 'https://{privateIp}:8443/healthz?x=1',
    is: { kind: 'http', url: 'https://{privateIp}:8443/healthz?x=1', insecureTls: false },
  },
  { spec: 'exec:./check.sh  --vm {instanceId}', is: { kind: 'exec', command: ['./check.sh', '--vm', '{instanceId}'] } },
];

describe('health checks on the command line of rebuild', () => {
  for (const { spec, is } of checks) {
    it(`read ${spec}, at the pace that is said for all of them`, async () => {
      const pace = [
        '--health-interval',
        '2s',
        '--health-timeout',
        '3',
        '--health-successes',
        '4',
        '--health-deadline',
        '1m',
      ];
      const { request } = await asked(['--health', spec, '--health', 'tcp:80', ...pace]);
      const paced = { intervalSeconds: 2, timeoutSeconds: 3, successes: 4, deadlineSeconds: 60 };
      assert.deepEqual(request?.healthChecks, [
        { ...is, ...paced },
        { kind: 'tcp', host: '{privateIp}', port: 80, ...paced },
      ]);
    });
  }

  it('follow those of a file, which say their own pace', async () => {
    const fromFile = { kind: 'http', url: 'http://{privateIp}/', bodyIncludes: 'ok', successes: 5 } as const;
    const { request } = await asked(
      ['--health', 'tcp:22', '--health-interval', '2s', '--health-file', 'checks.json', '--require-healthy-before'],
      JSON.stringify([fromFile]),
    );
    const [first, second] = request?.healthChecks ?? [];
    assert.deepEqual([first?.kind, first?.intervalSeconds], ['tcp', 2]);
    assert.deepEqual(second, HealthCheck.parse(fromFile));
    assert.equal(request?.requireHealthyBefore, true);
  });
});

const wrong: { name: string; argv: string[]; file?: string; says: RegExp }[] = [
  {
    name: 'keeping backups without making one',
    argv: ['--keep-backups', '3'],
    says: /keepBackups.*\(--keep-backups\)/,
  },
  { name: 'data disks without a backup', argv: ['--backup-data-disks'], says: /\(--backup-data-disks\)/ },
  { name: 'an age that is none', argv: ['--backup', 'image', '--keep-backups', 'all'], says: /\(--keep-backups\)/ },
  { name: 'a hold too long', argv: ['--on-failure', 'hold', '--hold-for', '31d'], says: /\(--hold-for\)/ },
  { name: 'a hold that nothing leads to', argv: ['--hold-for', '1h'], says: /--hold-for is for --on-failure hold/ },
  {
    name: 'the end of a hold that nothing leads to',
    argv: ['--on-failure', 'rollback', '--at-hold-deadline', 'accept'],
    says: /--at-hold-deadline is for --on-failure hold/,
  },
  { name: 'a check of no kind', argv: ['--health', 'ping:hunter2'], says: /--health must be tcp:PORT/ },
  {
    name: 'a port beyond all',
    argv: ['--health', 'tcp:22', '--health', 'tcp:70000'],
    says: /healthChecks\.1\.port.*\(--health\)/,
  },
  { name: 'a URL without a host', argv: ['--health', 'http://'], says: /healthChecks\.0\.url.*\(--health\)/ },
  {
    name: 'an interval of nothing',
    argv: ['--health', 'tcp:22', '--health-interval', '0'],
    says: /healthChecks\.0\.intervalSeconds.*\(--health-interval\)/,
  },
  { name: 'a pace for no check', argv: ['--health-timeout', '5s'], says: /--health-timeout is for --health/ },
  {
    name: 'a file that is no JSON',
    argv: ['--health-file', 'f'],
    file: 'hunter2',
    says: /--health-file must hold a JSON array/,
  },
  {
    name: 'a file that is no list',
    argv: ['--health-file', 'f'],
    file: '{}',
    says: /--health-file must hold a JSON array/,
  },
  {
    name: 'a wrong field in a file',
    argv: ['--health', 'tcp:22', '--health-file', 'f'],
    file: '[{"kind":"tcp","port":22},{"kind":"tcp","port":"hunter2"}]',
    says: /healthChecks\.2\.port.*\(--health-file, entry 2\)/,
  },
  { name: 'healthy before, by no check', argv: ['--require-healthy-before'], says: /\(--require-healthy-before\)/ },
  { name: 'a deadline of no phase', argv: ['--deadline', 'held=5'], says: /no such phase as held; .*backingUp/ },
];

describe('wrong options of a way back exit 2 before anybody is asked', () => {
  for (const { name, argv, file, says } of wrong) {
    it(`${name}: says which option, never what was written`, async () => {
      const { seen } = await asked(argv, file);
      assert.deepEqual([seen.exitCode, seen.calls, seen.out], [2, [], []]);
      assert.match(seen.err.join('\n'), says);
      assert.doesNotMatch(seen.err.join('\n'), /hunter2/);
    });
  }

  it('a health file that is not there: says so', async () => {
    const { exitCode, err } = await runFake([...ARGV, '--health-file', 'nowhere.json']);
    assert.equal(exitCode, 2);
    assert.match(err.join('\n'), /--health-file: .*nowhere\.json is not there/);
  });
});

describe('the help of rebuild', async () => {
  const io = { out: () => undefined, err: () => undefined };
  const program = await buildProgram({ dispatch: async () => undefined, words: ['rebuild'] }, io, '0.0.0');
  const help = program.commands.find((command) => command.name() === 'rebuild')?.helpInformation() ?? '';
  const text = help.replaceAll(/\s+/g, ' ');

  it('stands in groups, a group after the other', () => {
    const groups = [...help.matchAll(/^([A-Z].*):$/gm)].map(([, name]) => name);
    assert.deepEqual(groups, [
      'Arguments',
      'What is put on it',
      'A way back',
      'Health checks, made from the worker once the VM runs',
      'On the record',
      'Options',
    ]);
  });

  it('tells the defaults of the contract', () => {
    const { intervalSeconds, timeoutSeconds, successes, deadlineSeconds } = HealthCheck.parse({ kind: 'tcp', port: 1 });
    const hold = Hold.parse({});
    assert.match(text, new RegExp(`--hold-for .*?\\(default: ${hold.deadlineSeconds / 3600}h\\)`));
    assert.match(text, new RegExp(`--at-hold-deadline .*?\\(default: ${hold.atDeadline}\\)`));
    assert.match(text, new RegExp(`--health-interval .*?\\(default: ${intervalSeconds}s\\)`));
    assert.match(text, new RegExp(`--health-timeout .*?\\(default: ${timeoutSeconds}s\\)`));
    assert.match(text, new RegExp(`--health-successes .*?\\(default: ${successes}\\)`));
    assert.match(text, new RegExp(`--health-deadline .*?\\(default: ${deadlineSeconds / 60}m\\)`));
  });
});
