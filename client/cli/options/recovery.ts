import * as z from 'zod';
import { BACKUPS } from '../../../contracts/backup.js';
import { Hold, ON_FAILURE } from '../../../contracts/decision.js';
import { ReimageInvalidInputError } from '../../connection/errors.js';
import { Duration } from '../../connection/parse-input.js';
import type { OptionRows } from './parse-options.js';

const AtDeadline = Hold.shape.atDeadline.unwrap();

/** What is kept before the erase, and what is done when the VM does not come back as promised. */
export const RECOVERY_ROWS = {
  backup: {
    heading: 'A way back:',
    value: '<kind>',
    help: 'image: make a private image of the stopped VM first; without it there is no erase',
    takes: z.enum(BACKUPS),
    choices: BACKUPS,
    default: 'none',
    field: 'backup',
  },
  backupDataDisks: {
    help: 'put cloud data disks into the backup too',
    takes: z.boolean().optional(),
    field: 'backupDataDisks',
  },
  keepBackups: {
    value: '<number|age>',
    help: 'delete older backups of the VM afterwards: all but 3, or those over 30d',
    takes: z.string().optional(),
    field: 'keepBackups',
    // A whole number is a count; what else it may be the contract knows.
    toField: (word: string) => (/^\d+$/.test(word) ? Number(word) : word),
  },
  onFailure: {
    value: '<what>',
    help: 'when the rebuilt VM does not come back as promised',
    takes: z.enum(ON_FAILURE),
    choices: ON_FAILURE,
    default: 'leave',
    field: 'onFailure',
  },
  holdFor: {
    value: '<duration>',
    help: 'how long a held rebuild waits for a decision (default: 24h)',
    takes: Duration.optional(),
    field: 'hold.deadlineSeconds',
  },
  atHoldDeadline: {
    value: '<what>',
    help: 'what happens when nobody has decided (default: give-up)',
    takes: AtDeadline.optional(),
    choices: AtDeadline.options,
    field: 'hold.atDeadline',
  },
} satisfies OptionRows;

/** @throws ReimageInvalidInputError for options of a hold where none was asked for */
export function refuseIdleHold(options: { onFailure: string; holdFor?: unknown; atHoldDeadline?: unknown }): void {
  const { onFailure, holdFor, atHoldDeadline } = options;
  if (onFailure === 'hold' || (holdFor === undefined && atHoldDeadline === undefined)) return;
  const option = holdFor === undefined ? '--at-hold-deadline' : '--hold-for';
  throw new ReimageInvalidInputError(`Invalid input: ${option} is for --on-failure hold`, 'hold');
}
