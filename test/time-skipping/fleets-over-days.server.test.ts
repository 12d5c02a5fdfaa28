import { after, before, describe } from 'node:test';
import { findTimeSkippingServer } from './find-time-skipping-server.js';
import { freezeCases, pauseCases } from './halts.js';
import { lateCases } from './late.js';
import { type SkippingWorld, skippingWorld } from './skipping-world.js';
import { bakeCases, deadlineCases } from './waits.js';
import { windowCases } from './windows.js';

const server = await findTimeSkippingServer({ log: (line) => console.error(`test: ${line}`) });

/** VMs that all cases take together. */
const VMS = 40;

// One after the other: the time that one skips is that of all.
describe('a fleet that takes days', { skip: server.path === null && server.why }, () => {
  let world: SkippingWorld | null = null;
  let end = () => Promise.resolve();
  before(async () => {
    if (server.path === null) return;
    world = await skippingWorld({ after: (cleanUp) => (end = cleanUp) }, server.path, VMS);
  });
  after(() => end());
  const ofCases = () => {
    if (world === null) throw new Error('the server was not started');
    return world;
  };

  describe('in a bake', () => bakeCases(ofCases));
  describe('at a deadline', () => deadlineCases(ofCases));
  describe('in maintenance windows', () => windowCases(ofCases));
  describe('at a close that comes too early', () => lateCases(ofCases));
  describe('paused', () => pauseCases(ofCases));
  describe('in a freeze', () => freezeCases(ofCases));
});
