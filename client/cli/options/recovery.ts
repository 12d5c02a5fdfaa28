import { type Command, Option } from 'commander';
import * as z from 'zod';
import { BACKUPS } from '../../../contracts/backup.js';
import { Hold, ON_FAILURE } from '../../../contracts/decision.js';
import { ReimageInvalidInputError } from '../../connection/errors.js';
import { Duration } from '../../connection/parse-input.js';

/** Options of `rebuild` for what is kept, and for what is done when the VM does not come back as promised. */
export const WayBackOptions = z.object({
  backup: z.enum(BACKUPS),
  backupDataDisks: z.boolean().optional(),
  keepBackups: z.string().optional(),
  onFailure: z.enum(ON_FAILURE),
  holdFor: Duration.optional(),
  atHoldDeadline: Hold.shape.atDeadline.unwrap().optional(),
});
type WayBackOptions = z.output<typeof WayBackOptions>;

/**
 * The request's fields that the options stand for.
 * @throws ReimageInvalidInputError for options of a hold where none was asked for
 */
export function wayBackFieldsOf(options: WayBackOptions): Readonly<Record<string, unknown>> {
  const { backup, backupDataDisks, keepBackups, onFailure } = options;
  const hold = holdOf(options);
  return {
    backup,
    backupDataDisks,
    // A whole number is a count; what else it may be the contract knows.
    keepBackups: keepBackups !== undefined && /^\d+$/.test(keepBackups) ? Number(keepBackups) : keepBackups,
    onFailure,
    hold: Object.keys(hold).length > 0 ? hold : undefined,
  };
}

function holdOf({ onFailure, holdFor, atHoldDeadline }: WayBackOptions): object {
  const hold = {
    ...(holdFor !== undefined && { deadlineSeconds: holdFor }),
    ...(atHoldDeadline !== undefined && { atDeadline: atHoldDeadline }),
  };
  if (Object.keys(hold).length === 0 || onFailure === 'hold') return hold;
  const option = holdFor === undefined ? '--at-hold-deadline' : '--hold-for';
  throw new ReimageInvalidInputError(`Invalid input: ${option} is for --on-failure hold`, 'hold');
}

/** Adds the options for what is kept before the erase, and for what is done when the VM does not come back as promised. */
export function addWayBackOptions(command: Command): Command {
  return command
    .optionsGroup('A way back:')
    .addOption(
      new Option('--backup <kind>', 'image: make a private image of the stopped VM first; without it there is no erase')
        .choices(BACKUPS)
        .default('none'),
    )
    .option('--backup-data-disks', 'put cloud data disks into the backup too')
    .option('--keep-backups <number|age>', 'delete older backups of the VM afterwards: all but 3, or those over 30d')
    .addOption(
      new Option('--on-failure <what>', 'when the rebuilt VM does not come back as promised')
        .choices(ON_FAILURE)
        .default('leave'),
    )
    .option('--hold-for <duration>', 'how long a held rebuild waits for a decision (default: 24h)')
    .addOption(
      new Option('--at-hold-deadline <what>', 'what happens when nobody has decided (default: give-up)').choices(
        Hold.shape.atDeadline.unwrap().options,
      ),
    );
}
