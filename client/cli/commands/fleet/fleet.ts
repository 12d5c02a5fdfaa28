import type { Command } from 'commander';
import { addCommands, type CommandEntry, type Parsing } from '../../options/command-table.js';

const control = () => import('./control.js');

/** In the order of the help. */
const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'plan',
    description: 'Show what reimaging a fleet would do; touch nothing',
    load: async () => (await import('./plan.js')).defineFleetPlan,
  },
  {
    name: 'show',
    description: 'Show a plan again',
    load: async () => (await import('./plan.js')).defineFleetShow,
  },
  {
    name: 'rehearse',
    description: 'Play a fleet through on a simulator with copies of its VMs; touch nothing',
    load: async () => (await import('./rehearse.js')).defineFleetRehearse,
  },
  {
    name: 'start',
    description: 'Start a fleet, or a plan of one, and follow it to its end',
    load: async () => (await import('./start.js')).defineFleetStart,
  },
  {
    name: 'status',
    description: 'Print one line for each change of a fleet until it ends',
    load: async () => (await import('./status.js')).defineFleetStatus,
  },
  {
    name: 'watch',
    description: 'Follow a fleet to its end on a live display',
    load: async () => (await import('./status.js')).defineFleetWatch,
  },
  {
    name: 'list',
    description: 'List fleets, under way and ended',
    load: async () => (await import('./status.js')).defineFleetList,
  },
  {
    name: 'pause',
    description: 'Start no VM any more; running rebuilds finish',
    load: async () => (await control()).defineFleetPause,
  },
  {
    name: 'resume',
    description: 'End a pause, also one that the failure budget has made',
    load: async () => (await control()).defineFleetResume,
  },
  {
    name: 'approve',
    description: 'Open the gate that a fleet waits at',
    load: async () => (await control()).defineFleetApprove,
  },
  {
    name: 'reject',
    description: 'End a fleet at its gate; VMs that are done stay as they are',
    load: async () => (await control()).defineFleetReject,
  },
  {
    name: 'abort',
    description: 'End a fleet; running rebuilds finish',
    load: async () => (await control()).defineFleetAbort,
  },
  {
    name: 'set',
    description: 'Change limits of the rest of a fleet',
    load: async () => (await control()).defineFleetSet,
  },
  {
    name: 'skip',
    description: 'Take VMs out of a fleet that it has not started',
    load: async () => (await control()).defineFleetSkip,
  },
  {
    name: 'retry-failed',
    description: 'Put VMs that have failed back in the queue of a running fleet',
    load: async () => (await control()).defineFleetRetryFailed,
  },
  {
    name: 'retry',
    description: 'Start a new fleet of what one has left',
    load: async () => (await import('./follow-up.js')).defineFleetRetry,
  },
  {
    name: 'rollback',
    description: 'Put the VMs that a fleet has moved back',
    load: async () => (await import('./follow-up.js')).defineFleetRollback,
  },
  {
    name: 'report',
    description: 'Write what is to be known of a fleet for change management',
    load: async () => (await import('./report.js')).defineFleetReport,
  },
];

/** Defines `reimage fleet`, a family. */
export async function defineFleet(fleet: Command, parsing: Parsing): Promise<void> {
  await addCommands(fleet, COMMANDS, parsing);
}
