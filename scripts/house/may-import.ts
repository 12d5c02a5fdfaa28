import type { SourceFile } from './read-house.js';
import { arrowsOf, folderOf } from './structure.js';

const CONTRACTS = ['contracts', 'contracts/fleet'];
const ANY = 'any';

/**
 * Which folders a folder imports, its own aside: arrows point one way, between folders and between their sub-folders.
 * A folder that is not named imports nothing and is imported by nobody.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[] | typeof ANY>> = {
  '.': ANY,

  contracts: [],
  'contracts/fleet': ['contracts'],
  jdcloud: ['contracts'],
  secrets: ['contracts'],

  activities: [
    'activities/backup',
    'activities/fleet',
    'activities/health',
    'activities/polling',
    'activities/rebuild',
    'activities/runtime',
    'jdcloud',
    'secrets',
  ],
  'activities/decisions': [...CONTRACTS, 'jdcloud'],
  'activities/runtime': [...CONTRACTS, 'jdcloud', 'activities/decisions'],
  'activities/polling': ['jdcloud', 'activities/decisions', 'activities/runtime'],
  'activities/health': [...CONTRACTS, 'jdcloud', 'activities/decisions', 'activities/runtime', 'activities/rebuild'],
  'activities/checks': [...CONTRACTS, 'jdcloud', 'secrets', 'activities/health', 'activities/runtime'],
  'activities/rebuild': [
    ...CONTRACTS,
    'jdcloud',
    'secrets',
    'activities/checks',
    'activities/decisions',
    'activities/polling',
    'activities/runtime',
  ],
  'activities/backup': [
    ...CONTRACTS,
    'jdcloud',
    'activities/decisions',
    'activities/polling',
    'activities/rebuild',
    'activities/runtime',
  ],
  'activities/fleet': [
    ...CONTRACTS,
    'jdcloud',
    'secrets',
    'activities/checks',
    'activities/health',
    'activities/rebuild',
    'activities/runtime',
  ],

  workflows: [...CONTRACTS, 'workflows/fleet', 'workflows/planning', 'workflows/rebuild', 'workflows/runtime'],
  'workflows/decisions': [...CONTRACTS],
  // Types only, as the lint sees to.
  'workflows/runtime': [...CONTRACTS, 'workflows/decisions', 'activities'],
  'workflows/rebuild': [
    ...CONTRACTS,
    'workflows/decisions',
    'workflows/runtime',
    'activities/backup',
    'activities/decisions',
    'activities/rebuild',
  ],
  'workflows/planning': [...CONTRACTS, 'workflows/runtime', 'activities/fleet'],
  'workflows/fleet': [...CONTRACTS, 'workflows/runtime', 'activities/fleet'],

  temporal: ['contracts', 'secrets'],
  'temporal/encryption': ['contracts', 'temporal'],
  'temporal/namespace': [...CONTRACTS, 'temporal/encryption'],
  'temporal/dev-server': ['temporal'],
  'temporal/worker': ['contracts', 'temporal', 'temporal/dev-server'],

  client: [
    ...CONTRACTS,
    'client/codec',
    'client/connection',
    'client/fleets',
    'client/rebuilds',
    'client/schedules',
    'temporal',
    'temporal/namespace',
  ],
  'client/connection': [
    ...CONTRACTS,
    'secrets',
    'temporal',
    'temporal/encryption',
    'temporal/namespace',
    'temporal/worker',
  ],
  'client/rebuilds': [...CONTRACTS, 'client/connection', 'temporal', 'temporal/namespace'],
  'client/fleets': [...CONTRACTS, 'client/connection', 'client/rebuilds', 'temporal', 'temporal/namespace'],
  'client/schedules': [...CONTRACTS, 'client/connection', 'client/fleets', 'temporal', 'temporal/namespace'],
  'client/codec': [
    ...CONTRACTS,
    'client/connection',
    'client/schedules',
    'temporal',
    'temporal/encryption',
    'temporal/namespace',
  ],
  'client/rehearsal': [
    ...CONTRACTS,
    'client/cli/io',
    'client/connection',
    'client/fleets',
    'jdcloud',
    'secrets',
    'simulator',
    'simulator/model',
    'temporal',
    'temporal/dev-server',
    'temporal/worker',
    '.',
  ],

  'client/cli': [
    'client',
    'client/cli/commands',
    'client/cli/commands/doctor',
    'client/cli/commands/fleet',
    'client/cli/commands/schedule',
    'client/cli/io',
    'client/cli/options',
    'client/cli/render',
    'client/connection',
    'temporal',
  ],
  'client/cli/io': [...CONTRACTS, 'client', 'client/connection', 'client/fleets', 'client/schedules', 'secrets'],
  'client/cli/options': [...CONTRACTS, 'client/cli/io', 'client/connection', 'client/fleets'],
  'client/cli/render': [
    ...CONTRACTS,
    'client/cli/io',
    'client/cli/options',
    'client/codec',
    'client/connection',
    'client/fleets',
    'client/rebuilds',
    'client/rehearsal',
    'client/schedules',
    'temporal',
  ],
  'client/cli/commands': [
    ...CONTRACTS,
    'client/cli/io',
    'client/cli/options',
    'client/cli/render',
    'client/codec',
    'client/connection',
    'client/rebuilds',
    'jdcloud',
    'secrets',
    'simulator',
    'simulator/model',
    'temporal',
    'temporal/encryption',
    'temporal/worker',
    '.',
  ],
  'client/cli/commands/doctor': [
    ...CONTRACTS,
    'client/cli/commands',
    'client/cli/io',
    'client/cli/options',
    'client/cli/render',
    'client/codec',
    'client/connection',
    'jdcloud',
    'secrets',
    'temporal',
    'temporal/encryption',
    'temporal/worker',
  ],
  'client/cli/commands/fleet': [
    ...CONTRACTS,
    'client/cli/commands',
    'client/cli/io',
    'client/cli/options',
    'client/cli/render',
    'client/connection',
    'client/fleets',
    'client/rehearsal',
  ],
  'client/cli/commands/schedule': [
    ...CONTRACTS,
    'client/cli/commands',
    'client/cli/commands/fleet',
    'client/cli/io',
    'client/cli/options',
    'client/cli/render',
    'client/connection',
    'client/fleets',
    'client/schedules',
  ],

  'simulator/model': ['contracts', 'jdcloud'],
  'simulator/region': ['jdcloud', 'simulator/model'],
  'simulator/operations': ['simulator/model', 'simulator/region'],
  'simulator/wire': ['jdcloud', 'simulator/model', 'simulator/operations', 'simulator/region'],
  simulator: ['contracts', 'simulator/model', 'simulator/region', 'simulator/wire'],
};

/** Imports that the table does not allow, each as `a.ts imports b.ts`. */
export function forbiddenImports(files: readonly SourceFile[]): string[] {
  return arrowsOf(files).flatMap(({ from, to }) => {
    const allowed = MAY_IMPORT[folderOf(from)] ?? [];
    return allowed === ANY || allowed.includes(folderOf(to)) ? [] : [`${from} imports ${to}`];
  });
}
