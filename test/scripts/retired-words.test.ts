import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { retiredWordsIn } from '../../scripts/house/retired-words.js';

describe('the check of retired words', () => {
  for (const { line, finds } of [
    { line: 'const crew = new Crew(input);', finds: ['Crew (say: ChildRebuilds)'] },
    { line: 'throw refuseMisfits(plan);', finds: ['refuseMisfits (say: refuseIssues)'] },
    { line: '/** It heeds no SIGTERM. */', finds: ['heeds (say: honour, follow, ignore)'] },
    { line: 'Reckoned from the last rebuilds.', finds: ['Reckoned (say: compute, estimate)'] },
    { line: 'a token of at least 16 signs', finds: ['16 signs (say: characters)'] },
  ])
    it(`finds ${finds.join(', ')} in: ${line}`, () => assert.deepEqual(retiredWordsIn(line), finds));

  for (const line of [
    'signs the request',
    'what JDCLOUD3 signs',
    'halting',
    'Crews of ships',
    'a Halted VM',
    'FleetActions',
  ])
    it(`finds nothing in: ${line}`, () => assert.deepEqual(retiredWordsIn(line), []));
});
