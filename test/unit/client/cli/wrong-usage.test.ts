import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runFake } from './fake-deps.js';

const wrong: { name: string; argv: string; says: RegExp }[] = [
  { name: 'no command', argv: '', says: /Usage: reimage/ },
  { name: 'a mistyped command', argv: 'rebild i-a1', says: /Did you mean rebuild\?/ },
  { name: 'a mistyped option', argv: 'status i-a1 --regoin x', says: /Did you mean --region\?/ },
  { name: 'no instance', argv: 'rebuild', says: /missing required argument 'instance'/ },
  { name: 'too many arguments', argv: 'status i-a1 i-a2', says: /too many arguments/ },
  { name: 'an unknown power state', argv: 'rebuild i-a1 --power on', says: /as-was, running, stopped/ },
  { name: 'an unknown output', argv: 'list --output yaml', says: /text, json/ },
  { name: 'running and ended at once', argv: 'list --running --ended', says: /cannot be used with/ },
  { name: 'a limit that is none', argv: 'list --limit many', says: /limit: must be a number/ },
  { name: 'an unknown list phase', argv: 'list --phase asleep', says: /phase: / },
  { name: 'a bad instance id', argv: 'status i/a1 --region cn-north-1', says: /instance: must be a VM id/ },
  { name: 'no region anywhere', argv: 'status i-a1', says: /--region, or JDCLOUD_REGION/ },
  { name: 'no decision', argv: 'decide i-a1 --reason x', says: /missing required argument 'decision'/ },
  { name: 'an unknown decision', argv: 'decide i-a1 repeat --reason x', says: /retry, rollback, accept, give-up/ },
  {
    name: 'an unknown decision without a reason',
    argv: 'decide i-a1 rolback',
    says: /retry, rollback, accept, give-up/,
  },
  { name: 'a decision without a reason', argv: 'decide i-a1 retry', says: /reason: is missing \(--reason\)/ },
  { name: 'an unknown way back', argv: 'rollback i-a1 --to yesterday', says: /backup, former-image/ },
  { name: 'two ways back', argv: 'rollback i-a1 --to backup --image img-1', says: /cannot be used with/ },
  { name: 'an unknown backup', argv: 'rebuild i-a1 --backup tape', says: /none, image/ },
  { name: 'an unknown end of a hold', argv: 'rebuild i-a1 --at-hold-deadline wait', says: /give-up, rollback, accept/ },
  {
    name: 'a duration that is none',
    argv: 'rebuild i-a1 --on-failure hold --hold-for soon',
    says: /holdFor: must be a duration such as .*\(--hold-for\)/,
  },
  { name: 'backups without a word more', argv: 'backups', says: /Usage: reimage backups/ },
  { name: 'a mistyped word of backups', argv: 'backups prun --keep 3', says: /Did you mean prune\?/ },
  { name: 'backups of no region', argv: 'backups list', says: /--region, or JDCLOUD_REGION/ },
  { name: 'a port that is none', argv: 'simulator --port x', says: /port: must be a port number/ },
  { name: 'a codec server without a token', argv: 'codec-server --port 0', says: /--token-from/ },
  {
    name: 'a token in place of its reference',
    argv: 'codec-server --port 0 --token-from swordfish',
    says: /tokenFrom: must be a reference/,
  },
  { name: 'a port beyond all', argv: 'codec-server --port 70000 --token-from env:T', says: /port: / },
  { name: 'a rehearsal of nothing', argv: 'fleet rehearse', says: /missing required argument 'file'/ },
  { name: 'no failure by a number', argv: 'fleet rehearse p.json --fail 0', says: /fail: .*\(--fail\)/ },
  { name: 'a zone without a name', argv: 'fleet rehearse p.json --fail-az a,', says: /failAz\.1: .*\(--fail-az\)/ },
  {
    name: 'a bad VM that is to fail',
    argv: 'fleet rehearse p.json --fail-vm i/a1',
    says: /failVm\.0: .*\(--fail-vm\)/,
  },
  { name: 'a broken compression', argv: 'fleet rehearse p.json --compress 1.5', says: /a whole number from 1 to 100/ },
  {
    name: 'a compression beyond all',
    argv: 'fleet rehearse p.json --compress 101',
    says: /compress: .*\(--compress\)/,
  },
  { name: 'a seed of nothing', argv: 'fleet rehearse p.json --seed x', says: /seed: .*\(--seed\)/ },
  { name: 'a compression of nothing', argv: 'simulator --compress 0', says: /compress: / },
];

describe('wrong usage exits 2 and touches nothing', () => {
  for (const { name, argv, says } of wrong) {
    it(name, async () => {
      const { exitCode, err, out, calls } = await runFake(argv.split(' ').filter(Boolean));
      assert.equal(exitCode, 2);
      assert.match(err.join('\n'), says);
      assert.deepEqual([out, calls], [[], []]);
    });
  }

  it('need not happen: the help says which options are required', async () => {
    for (const argv of ['decide --help', 'freeze --help', 'fleet pause --help', 'schedule pause --help']) {
      const { out } = await runFake(argv.split(' '));
      assert.match(out.join('\n'), /--reason <text> +why[^]*?\(required\)/, argv);
    }
  });

  it('answers in JSON where JSON was asked for', async () => {
    for (const argv of ['rebild --output json', 'status i-a1 --output=json']) {
      const { exitCode, out } = await runFake(argv.split(' '));
      assert.equal(exitCode, 2);
      assert.equal(out.length, 1);
      const { outcome, failure } = JSON.parse(out[0] ?? '') as { outcome: string; failure: { type: string } };
      assert.deepEqual([outcome, failure.type], ['failed', 'InvalidInput']);
    }
  });
});
