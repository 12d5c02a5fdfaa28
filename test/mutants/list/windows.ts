import type { Mutant } from '../mutant.js';

const WINDOWS = ['test/unit/workflows/fleet/windows.test.ts'] as const;
const OPENINGS = ['test/unit/activities/fleet/openings.test.ts'] as const;

/** Maintenance windows: when they open, and that nothing begins or is erased outside of them. */
export const MAINTENANCE: readonly Mutant[] = [
  {
    name: 'a window is passed over',
    file: 'workflows/fleet/maintenance-windows.ts',
    text: 'if (this.#clock() >= opensAt) return null;',
    replacement: 'return null;',
    tests: WINDOWS,
    why: 'VMs go down outside of their maintenance window',
  },
  {
    name: 'the measured duration is ignored',
    file: 'workflows/fleet/maintenance-windows.ts',
    text: '+ this.#takesMs <= Date.parse(closesAt)',
    replacement: '<= Date.parse(closesAt)',
    tests: WINDOWS,
    why: 'what is started right before the close is down after it',
  },
  {
    name: 'a window that a worker found closed stays open',
    file: 'workflows/fleet/maintenance-windows.ts',
    text: 'Date.parse(closesAt) > this.#shutUntil &&',
    replacement: '',
    tests: WINDOWS,
    why: 'the same VM is refused again and again',
  },
  {
    name: 'a window is judged by the clock of the worker alone',
    file: 'activities/runtime/time.ts',
    text: 'return new Date(Math.max(Date.now(), attemptScheduledMs()));',
    replacement: 'return new Date();',
    tests: ['test/unit/activities/server-time.test.ts'],
    why: 'a worker whose clock is behind erases after the window',
  },
  {
    name: 'a check after the window says nothing',
    file: 'activities/checks/validate.ts',
    text: 'now.getTime() <= Date.parse(notAfter[act])',
    replacement: 'true',
    tests: ['test/unit/activities/checks.test.ts'],
    why: 'erased after the window',
  },
  {
    name: 'blackout dates are ignored',
    file: 'activities/fleet/next-windows.ts',
    text: 'if (isBlack(date, blackout)) continue;',
    replacement: '',
    tests: OPENINGS,
    why: 'VMs go down on the day of the sale',
  },
  {
    name: 'an unknown time zone is some zone',
    file: 'activities/fleet/next-windows.ts',
    text: 'if (!IANAZone.isValidZone(zone)) {',
    replacement: 'if (false) {',
    tests: OPENINGS,
    why: 'fail closed: the window opens at another time than anybody meant',
  },
  {
    name: 'the hour that the clock skips is taken as Luxon takes it',
    file: 'activities/fleet/next-windows.ts',
    text: 'if (!isThere) {',
    replacement: 'if (false) {',
    tests: OPENINGS,
    why: 'a window in the night of the change opens an hour late',
  },
  {
    name: 'of an hour that comes twice the second counts',
    file: 'activities/fleet/next-windows.ts',
    text: 'toSorted((a, b) => +a - +b)',
    replacement: 'toSorted((a, b) => +b - +a)',
    tests: OPENINGS,
    why: 'a window stays open an hour too long',
  },
];
