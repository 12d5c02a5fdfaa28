import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { startWalker } from './runbook-walk.js';

const FOLDER = new URL('../../docs/runbooks/', import.meta.url);
const read = (name: string) => readFile(new URL(name, FOLDER), 'utf8');
const OLD = 'img-622b0f02a3';
const NEW = 'img-34829660a3';

describe('docs/runbooks, word for word', () => {
  it('compromised-vm.md: the VM has the image, was erased once, and its backup is kept', async (t) => {
    const { cloud, walk } = await startWalker(t);
    const walked = await walk(await read('compromised-vm.md'));

    const [, , status, backups] = walked.map(({ printed }) => printed);
    assert.equal(cloud.journal.effective('createImage'), 1);
    assert.equal(cloud.journal.effective('rebuildInstance', 'i-032faa57c9'), 1);
    assert.equal(cloud.journal.effective('rebuildInstance'), 1);
    assert.equal(cloud.vm('i-032faa57c9').imageId, OLD);
    assert.match(status ?? '', /health +healthy -> healthy/);
    assert.match(backups ?? '', new RegExp(`img-(?!${OLD.slice(4)})\\w+.*i-032faa57c9`));
  });

  it('security-image.md: all VMs have the image, each erased once, none beside the canary before the approval', async (t) => {
    const { cloud, walk } = await startWalker(t);
    const walked = await walk(await read('security-image.md'));

    const vms = [...new Set(cloud.journal.calls({ operation: 'rebuildInstance' }).map(({ instanceId }) => instanceId))];
    assert.equal(vms.length, 9);
    assert.equal(cloud.journal.effective('rebuildInstance'), 9);
    assert.deepEqual(new Set(vms.map((vm) => cloud.vm(vm ?? '').imageId)), new Set([NEW]));
    const atGate = walked.find(({ line }) => line.includes('until it waits'))?.printed ?? '';
    assert.match(atGate, /awaiting-approval, wave 2\/\d+: 1 done, 8 waiting/);
    assert.match(walked.at(-1)?.printed ?? '', /0 of 9 VMs are rebuilt/);
  });

  it('red-fleet.md: two VMs held, one put back, the fleet resumed, aborted and taken back', async (t) => {
    const { cloud, walk } = await startWalker(t);
    const walked = await walk(await read('red-fleet.md'));

    const printed = (word: string) => walked.filter(({ line }) => line.includes(word)).map((each) => each.printed);
    assert.match(printed('--no-follow')[0] ?? '', /1 held/);
    assert.match(printed('until it waits')[1] ?? '', /paused.*failure budget exhausted \(1 failed, 0 may\)/);
    assert.match(printed('exit code 4')[0] ?? '', /aborted/);
    const vms = new Set(
      cloud.journal.calls({ operation: 'rebuildInstance' }).map(({ instanceId }) => instanceId ?? ''),
    );
    for (const vm of vms) {
      assert.equal(cloud.vm(vm).imageId, OLD, vm);
      assert.equal(cloud.vm(vm).status, 'running', vm);
      assert.equal(cloud.journal.effective('rebuildInstance', vm), 2, vm);
    }
    assert.ok(vms.has('i-60d8d95014') && vms.has('i-c64752f58d'));
  });

  it('are all that there are', async () => {
    assert.deepEqual((await readdir(FOLDER)).toSorted(), ['compromised-vm.md', 'red-fleet.md', 'security-image.md']);
  });
});
