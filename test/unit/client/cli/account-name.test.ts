import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { describe, it } from 'node:test';
import { withAccount } from '../../../../client/cli/io/terminal.js';
import { startCli } from '../../../client/cli/spawn-cli.js';

describe('who asks', () => {
  it('is the account, where neither USER nor LOGNAME says', () => {
    assert.equal(withAccount({ USER: '', PATH: '/bin' })['USER'], userInfo().username);
    assert.equal(withAccount({ USER: 'alice' }, () => 'root')['USER'], 'alice');
    assert.equal(withAccount({ LOGNAME: 'alice' }, () => 'root')['USER'], undefined);
  });

  it('is told by a command that is typed as it was printed, also without USER', async () => {
    const argv = 'decide i-a1 retry --region cn-north-1 --reason again'.split(' ');
    const { exitCode, stderr } = await startCli(argv, { TEMPORAL_ADDRESS: '127.0.0.1:1' }).ended;
    assert.equal(exitCode, 7, stderr);
    assert.doesNotMatch(stderr, /Say who asks/);
  });
});
