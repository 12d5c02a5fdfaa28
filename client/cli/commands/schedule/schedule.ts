import type { Command } from 'commander';
import { addCommands, type CommandEntry, type Parsing } from '../../options/command-table.js';

const manage = () => import('./manage.js');

/** In the order of the help. */
const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'create',
    description: 'Create a schedule',
    load: async () => (await import('./create.js')).defineScheduleCreate,
  },
  {
    name: 'list',
    description: 'List schedules, with what they have missed and skipped',
    load: async () => (await manage()).defineScheduleList,
  },
  {
    name: 'describe',
    description: 'Show a schedule, its last firings and its next times',
    load: async () => (await manage()).defineScheduleDescribe,
  },
  {
    name: 'pause',
    description: 'Let a schedule fire no more; fleets that it has started go on',
    load: async () => (await manage()).defineSchedulePause,
  },
  {
    name: 'resume',
    description: 'Let a schedule fire again, also one that a failure has paused',
    load: async () => (await manage()).defineScheduleResume,
  },
  {
    name: 'trigger',
    description: 'Fire a schedule now, also one that is paused',
    load: async () => (await import('./trigger.js')).defineScheduleTrigger,
  },
  {
    name: 'delete',
    description: 'Delete a schedule',
    load: async () => (await manage()).defineScheduleDelete,
  },
  {
    name: 'next',
    description: 'Show the next times of a schedule',
    load: async () => (await manage()).defineScheduleNext,
  },
];

/** Defines `reimage schedule`, a family. */
export async function defineSchedule(schedule: Command, parsing: Parsing): Promise<void> {
  await addCommands(schedule, COMMANDS, parsing);
}
