import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ZodType } from 'zod';
import { BackupOptions, PruneOptions } from '../../../../client/cli/commands/backups.js';
import { CodecServerCommandOptions } from '../../../../client/cli/commands/codec-server.js';
import { DecideOptions } from '../../../../client/cli/commands/decide.js';
import { DoctorOptions } from '../../../../client/cli/commands/doctor/doctor.js';
import { FleetControlOptions } from '../../../../client/cli/commands/fleet/control.js';
import { FollowUpOptions } from '../../../../client/cli/commands/fleet/follow-up.js';
import { FleetPlanOptions } from '../../../../client/cli/commands/fleet/plan-options.js';
import { FleetShowOptions } from '../../../../client/cli/commands/fleet/plan.js';
import { RehearseOptions } from '../../../../client/cli/commands/fleet/rehearse.js';
import { FleetReportOptions } from '../../../../client/cli/commands/fleet/report.js';
import { FleetStartCommandOptions } from '../../../../client/cli/commands/fleet/start.js';
import { FleetListOptions, FleetStatusOptions } from '../../../../client/cli/commands/fleet/status.js';
import { FreezeOptions } from '../../../../client/cli/commands/freeze.js';
import { ListOptions } from '../../../../client/cli/commands/list.js';
import { RebuildOptions } from '../../../../client/cli/commands/rebuild.js';
import { RollbackCommandOptions } from '../../../../client/cli/commands/rollback.js';
import { SimulatorCommandOptions } from '../../../../client/cli/commands/simulator.js';
import { type CommandName, COMMANDS, type Dispatch } from '../../../../client/cli/options/command-table.js';
import { FleetOptions } from '../../../../client/cli/options/fleet.js';
import { VmOptions } from '../../../../client/cli/options/vm.js';
import { buildProgram } from '../../../../client/cli/program.js';
import { POWER } from '../../../../contracts/rebuild-request.js';
import { runFake } from './fake-deps.js';
import { FLEET_ROWS } from './fleet-rows.js';

async function parse(argv: readonly string[]): Promise<{ command: CommandName; raw: object }> {
  let parsed: { command: CommandName; raw: object } | undefined;
  const io = { out: () => undefined, err: () => undefined };
  const dispatch: Dispatch = async ({ name }, raw) => void (parsed = { command: name, raw });
  const program = await buildProgram({ dispatch, words: argv }, io, '1.2.3');
  await program.parseAsync(argv, { from: 'user' });
  assert.ok(parsed);
  return parsed;
}

const SCHEMAS = {
  rebuild: RebuildOptions,
  status: VmOptions,
  watch: VmOptions,
  decide: DecideOptions,
  rollback: RollbackCommandOptions,
  cancel: VmOptions,
  list: ListOptions,
  'fleet plan': FleetPlanOptions,
  'fleet show': FleetShowOptions,
  'fleet rehearse': RehearseOptions,
  'fleet start': FleetStartCommandOptions,
  'fleet status': FleetStatusOptions,
  'fleet watch': FleetOptions,
  'fleet list': FleetListOptions,
  'fleet pause': FleetControlOptions,
  'fleet resume': FleetControlOptions,
  'fleet approve': FleetControlOptions,
  'fleet reject': FleetControlOptions,
  'fleet abort': FleetControlOptions,
  'fleet set': FleetControlOptions,
  'fleet skip': FleetControlOptions,
  'fleet retry-failed': FleetControlOptions,
  'fleet retry': FollowUpOptions,
  'fleet rollback': FollowUpOptions,
  'fleet report': FleetReportOptions,
  freeze: FreezeOptions,
  unfreeze: FreezeOptions,
  'backups list': BackupOptions,
  'backups prune': PruneOptions,
  simulator: SimulatorCommandOptions,
  'codec-server': CodecServerCommandOptions,
  doctor: DoctorOptions,
};

const rows: { name: string; argv: string; is: object }[] = [
  {
    name: 'rebuild: defaults',
    argv: 'rebuild i-a1',
    is: { instance: 'i-a1', power: 'as-was', backup: 'none', onFailure: 'leave', output: 'text' },
  },
  {
    name: 'rebuild: everything',
    argv:
      'rebuild i-a1 --region cn-north-1 --image img-1 --key ops --password-from env:PW --image-inherit --hostname web ' +
      '--metadata a=1 --metadata b=x=y --user-data init.sh --power stopped --deadline stopping=60 --deadline rebuilding=7200 ' +
      '--request-id r1 --requested-by ops --reason patch --dry-run --detach --yes --output json ' +
      '--backup image --backup-data-disks --keep-backups 30d --on-failure hold --hold-for 30m ' +
      '--at-hold-deadline rollback --health tcp:22 --health https://{privateIp}/ --health-file checks.json ' +
      '--health-interval 2s --health-timeout 3 --health-successes 4 --health-deadline 10m --require-healthy-before',
    is: {
      instance: 'i-a1',
      region: 'cn-north-1',
      image: 'img-1',
      key: 'ops',
      passwordFrom: 'env:PW',
      imageInherit: true,
      hostname: 'web',
      metadata: ['a=1', 'b=x=y'],
      userData: 'init.sh',
      power: 'stopped',
      deadline: ['stopping=60', 'rebuilding=7200'],
      requestId: 'r1',
      requestedBy: 'ops',
      reason: 'patch',
      dryRun: true,
      detach: true,
      yes: true,
      output: 'json',
      backup: 'image',
      backupDataDisks: true,
      keepBackups: '30d',
      onFailure: 'hold',
      holdFor: 1800,
      atHoldDeadline: 'rollback',
      health: ['tcp:22', 'https://{privateIp}/'],
      healthFile: 'checks.json',
      healthInterval: 2,
      healthTimeout: 3,
      healthSuccesses: 4,
      healthDeadline: 600,
      requireHealthyBefore: true,
    },
  },
  {
    name: 'status',
    argv: 'status i-a1 --region cn-east-2',
    is: { instance: 'i-a1', region: 'cn-east-2', output: 'text' },
  },
  { name: 'watch', argv: 'watch i-a1 --output=json', is: { instance: 'i-a1', output: 'json' } },
  {
    name: 'decide: defaults',
    argv: 'decide i-a1 retry --reason patched',
    is: { instance: 'i-a1', decision: 'retry', reason: 'patched', output: 'text' },
  },
  {
    name: 'decide: everything',
    argv: 'decide i-a1 rollback --region cn-north-1 --reason bad --by ops --detach --yes --output json',
    is: {
      instance: 'i-a1',
      decision: 'rollback',
      region: 'cn-north-1',
      reason: 'bad',
      by: 'ops',
      detach: true,
      yes: true,
      output: 'json',
    },
  },
  { name: 'rollback: defaults', argv: 'rollback i-a1', is: { instance: 'i-a1', output: 'text' } },
  {
    name: 'rollback: everything',
    argv:
      'rollback i-a1 --region cn-north-1 --to former-image --from-image img-2 --key ops --password-from env:PW --image-inherit --reason bad ' +
      '--requested-by ops --request-id r1 --override-protection agreed --detach --yes --output json',
    is: {
      instance: 'i-a1',
      region: 'cn-north-1',
      to: 'former-image',
      fromImage: 'img-2',
      key: 'ops',
      passwordFrom: 'env:PW',
      imageInherit: true,
      reason: 'bad',
      requestedBy: 'ops',
      requestId: 'r1',
      overrideProtection: 'agreed',
      detach: true,
      yes: true,
      output: 'json',
    },
  },
  {
    name: 'rollback: an image',
    argv: 'rollback i-a1 --image img-1',
    is: { instance: 'i-a1', image: 'img-1', output: 'text' },
  },
  { name: 'cancel', argv: 'cancel i-a1 --detach', is: { instance: 'i-a1', detach: true, output: 'text' } },
  { name: 'list: defaults', argv: 'list', is: { limit: 50, output: 'text' } },
  {
    name: 'list: everything',
    argv: 'list --region cn-north-1 --phase failed --running --limit 7',
    is: { region: 'cn-north-1', phase: 'failed', running: true, limit: 7, output: 'text' },
  },
  {
    name: 'freeze: everything',
    argv: 'freeze --reason audit --by ann --output json',
    is: { reason: 'audit', by: 'ann', output: 'json' },
  },
  { name: 'unfreeze', argv: 'unfreeze --reason over', is: { reason: 'over', output: 'text' } },
  {
    name: 'backups list: defaults',
    argv: 'backups list',
    is: { output: 'text' },
  },
  {
    name: 'backups list: everything',
    argv: 'backups list i-a1 --region cn-north-1 --output json',
    is: { instance: 'i-a1', region: 'cn-north-1', output: 'json' },
  },
  {
    name: 'backups prune: everything',
    argv: 'backups prune i-a1 --region cn-north-1 --keep 30d --dry-run --yes --output json',
    is: { instance: 'i-a1', region: 'cn-north-1', keep: '30d', dryRun: true, yes: true, output: 'json' },
  },
  {
    name: 'simulator',
    argv: 'simulator --port 8888 --state s.json --scenario f.json --compress 2.5',
    is: { port: 8888, state: 's.json', scenario: 'f.json', compress: 2.5 },
  },
  {
    name: 'codec-server: defaults',
    argv: 'codec-server --port 0 --token-from env:T',
    is: { port: 0, tokenFrom: 'env:T', host: '127.0.0.1', corsOrigin: [] },
  },
  {
    name: 'codec-server: everything',
    argv:
      'codec-server --port 8081 --token-from file:t --host 0.0.0.0 --cors-origin https://a --cors-origin https://b ' +
      '--tls-cert c.pem --tls-key k.pem',
    is: {
      port: 8081,
      tokenFrom: 'file:t',
      host: '0.0.0.0',
      corsOrigin: ['https://a', 'https://b'],
      tlsCert: 'c.pem',
      tlsKey: 'k.pem',
    },
  },
  ...FLEET_ROWS,
  { name: 'doctor', argv: 'doctor --region cn-north-1', is: { region: 'cn-north-1', output: 'text' } },
];

describe('arguments become options', () => {
  for (const { name, argv, is } of rows) {
    it(name, async () => {
      const { command, raw } = await parse(argv.split(' '));
      assert.ok(`${argv} `.startsWith(`${command} `), command);
      const schema = new Map<string, ZodType>(Object.entries(SCHEMAS)).get(command);
      assert.deepEqual(schema?.parse(raw), is);
    });
  }

  it('offers for --power what the contract knows', async () => {
    for (const power of POWER) assert.ok(await parse(['rebuild', 'i-a1', '--power', power]));
  });
});

describe('help and version', () => {
  it('exit 0 and go to stdout, with examples for every command', async () => {
    const { exitCode, out } = await runFake(['--help']);
    assert.equal(exitCode, 0);
    assert.match(out.join('\n'), /Exit codes:[^]*Examples?:/);
    for (const command of COMMANDS) {
      const help = await runFake([...command.split(' '), '--help']);
      assert.equal(help.exitCode, 0, command);
      assert.match(help.out.join('\n'), /Examples?:\n {2}\$ /, command);
    }
    const version = await runFake(['--version']);
    assert.equal(version.exitCode, 0);
    assert.match(version.out.join(''), /^\d+\.\d+\.\d+$/);
  });
});
