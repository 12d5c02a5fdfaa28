import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LAUNCH_SCRIPT_MAX_BYTES, readLaunchScript } from '../../../contracts/launch-script.js';
import { holds } from '../../fuzz/holds.js';

const read = (script: string | Uint8Array) => readLaunchScript(Buffer.from(script).toString('base64'));
const HEAD = '#!/bin/bash\n';

const TAKEN = [
  { name: 'bash', script: `${HEAD}echo hi\n`, platform: 'linux', isNamed: true },
  { name: 'Python', script: '#!/usr/bin/env python\nprint()\n', platform: 'linux', isNamed: true },
  { name: 'a shell that the guide does not name', script: '#!/bin/sh\necho hi\n', platform: 'linux', isNamed: false },
  { name: 'bash with an option', script: '#!/bin/bash -eu\necho hi\n', platform: 'linux', isNamed: false },
  { name: 'Python 3', script: '#!/usr/bin/python3\nprint()\n', platform: 'linux', isNamed: false },
  {
    name: 'PowerShell',
    script: '<powershell>\r\nWrite-Host hi\r\n</powershell>\r\n',
    platform: 'windows',
    isNamed: true,
  },
  { name: 'a batch', script: '<cmd>echo hi</cmd>', platform: 'windows', isNamed: true },
  { name: '16 KB', script: HEAD.padEnd(LAUNCH_SCRIPT_MAX_BYTES, '#'), platform: 'linux', isNamed: true },
] as const;

const REFUSED: readonly { name: string; script: string | Uint8Array; says: RegExp }[] = [
  { name: 'nothing', script: '', says: /^is empty/ },
  { name: 'blanks', script: ' \n', says: /^is empty/ },
  { name: 'no interpreter', script: 'echo hi\n', says: /begin it with #!\/bin\/bash/ },
  { name: 'a blank line first', script: `\n${HEAD}`, says: /begin it with/ },
  { name: 'cloud-config', script: '#cloud-config\npackages: [nginx]\n', says: /is no script that JD Cloud runs/ },
  { name: 'a byte order mark', script: `\uFEFF${HEAD}`, says: /^begins with a byte order mark/ },
  { name: 'CR LF', script: '#!/bin/bash\r\necho hi\r\n', says: /end in CR LF.* from line 1 on/ },
  { name: 'CR LF further on', script: `${HEAD}echo hi\r\n`, says: /from line 2 on/ },
  {
    name: 'another interpreter',
    script: '#!/usr/bin/perl\n',
    says: /names an interpreter that JD Cloud's guide does not know/,
  },
  { name: 'PowerShell that is not closed', script: '<powershell>\nWrite-Host hi\n', says: /is no script/ },
  { name: 'PowerShell with nothing in it', script: '<powershell></powershell>', says: /is no script/ },
  { name: 'PowerShell with text around it', script: '# hi\n<powershell>x</powershell>', says: /is no script/ },
  {
    name: 'a byte too many',
    script: HEAD.padEnd(LAUNCH_SCRIPT_MAX_BYTES + 1, '#'),
    says: /^has 16385 bytes before base64, and may have 16384/,
  },
  { name: 'two bytes too many', script: HEAD.padEnd(LAUNCH_SCRIPT_MAX_BYTES + 2, '#'), says: /^has 16386 bytes/ },
  {
    name: 'another encoding',
    script: Buffer.from(`${HEAD}echo é\n`, 'latin1'),
    says: /^is not UTF-8 \(line 2, byte 18\)/,
  },
];

describe('a launch script', () => {
  for (const { name, script, platform, isNamed } of TAKEN) {
    it(`of ${name} is taken`, () => assert.deepEqual(read(script), { platform, isNamed }));
  }

  for (const { name, script, says } of REFUSED) {
    it(`of ${name} is refused`, () => {
      const judged = read(script);
      assert.match('problem' in judged ? judged.problem : JSON.stringify(judged), says);
    });
  }

  it('is counted as base64 means it, whatever its length', async () => {
    await holds(
      fc.property(
        fc.uint8Array({ minLength: LAUNCH_SCRIPT_MAX_BYTES - 3, maxLength: LAUNCH_SCRIPT_MAX_BYTES + 3 }),
        (bytes) => {
          const judged = read(bytes);
          const isTooLong = 'problem' in judged && judged.problem.startsWith(`has ${bytes.length} bytes`);
          assert.equal(isTooLong, bytes.length > LAUNCH_SCRIPT_MAX_BYTES);
        },
      ),
      20,
    );
  });
});
