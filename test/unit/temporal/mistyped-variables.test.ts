import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReimageClient, ReimageInvalidInputError } from '../../../client/index.js';
import { SettingsError } from '../../../temporal/settings-error.js';
import { mistypedVariables } from '../../../temporal/worker/mistyped-variables.js';
import { runWorker } from '../../../worker.js';
import { runFake } from '../client/cli/fake-deps.js';

const TYPOS = [
  ['REIMAGE_TASKQUEUE', 'REIMAGE_TASK_QUEUE'],
  ['REIMGE_TASK_QUEUE', 'REIMAGE_TASK_QUEUE'],
  ['TEMPORAL_ADRESS', 'TEMPORAL_ADDRESS'],
  ['TEMPRAL_ADDRESS', 'TEMPORAL_ADDRESS'],
  ['temporal_namespace', 'TEMPORAL_NAMESPACE'],
  ['JDCLOUD_ACESS_KEY', 'JDCLOUD_ACCESS_KEY'],
  ['JD_CLOUD_SECRET_KEY', 'JDCLOUD_SECRET_KEY'],
  ['JDCLOUD_REGIONS', 'JDCLOUD_REGION'],
] as const;

/** Of others: of Kubernetes, of Temporal's own tools, of a portal. */
const THEIRS = [
  'TEMPORAL_PORT',
  'TEMPORAL_SERVICE_HOST',
  'TEMPORAL_CLI_PATH',
  'TEMPORAL_ENV',
  'PATH',
  'REIMAGE_PORTAL_URL',
];

describe('a mistyped variable', () => {
  for (const [typed, meant] of TYPOS) {
    it(`${typed} is refused by worker, command line and library, which say ${meant}, and not what it holds`, async () => {
      const env = { [typed]: 'hunter2' };
      const says = new RegExp(`${typed}: unknown \\(did you mean ${meant}\\?\\)`);
      const refused = (kind: new (...args: never[]) => Error) => (error: unknown) => {
        assert.ok(error instanceof kind);
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      };
      await assert.rejects(runWorker(env), refused(SettingsError));
      await assert.rejects(ReimageClient.connect({ env }), refused(ReimageInvalidInputError));
      for (const argv of ['list', 'doctor', 'simulator', 'fleet show plan.json']) {
        const { exitCode, calls, err } = await runFake(argv.split(' '), { env });
        assert.deepEqual([exitCode, calls], [2, []]);
        assert.match(err.join('\n'), says);
      }
    });
  }

  it('is told apart from a right one, an empty one, one beside the right one, and those of others', () => {
    const right = {
      TEMPORAL_ADDRESS: 'a:1',
      REIMAGE_TASK_QUEUE: 'q',
      JDCLOUD_REGION: 'r',
      REIMAGE_SECRET_TASK_QUEUE: 's',
    };
    const theirs = Object.fromEntries(THEIRS.map((name) => [name, 'x']));
    assert.deepEqual(mistypedVariables({ ...right, ...theirs, TEMPORAL_ADRESS: 'b:1', JDCLOUD_ACESS_KEY: '' }), []);
  });
});
