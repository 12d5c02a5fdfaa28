import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { descendants, parseProcesses } from '../../bench/process-tree.js';

const PS = `
    1     0  1024 00:00:07
   10     1  2048 00:01:02
   11    10  4096 1-00:00:01
   12    11  1024    0:03.50
   20     1  8192 02:00:00
`;

describe('what ps prints', () => {
  it('is read with memory in MiB and processor time in seconds, as Linux and macOS write it', () => {
    assert.deepEqual(
      parseProcesses(PS).map(({ cpuSeconds, rssMiB }) => ({ cpuSeconds, rssMiB })),
      [
        { cpuSeconds: 7, rssMiB: 1 },
        { cpuSeconds: 62, rssMiB: 2 },
        { cpuSeconds: 86_401, rssMiB: 4 },
        { cpuSeconds: 3.5, rssMiB: 1 },
        { cpuSeconds: 7200, rssMiB: 8 },
      ],
    );
  });

  it('gives a process with all that descends from it, and no other', () => {
    assert.deepEqual(
      descendants(parseProcesses(PS), 10).map(({ pid }) => pid),
      [10, 11, 12],
    );
  });
});
