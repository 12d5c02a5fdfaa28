import { Option, type Command } from 'commander';
import { BACKUPS } from '../../../contracts/backup.js';
import { Hold, ON_FAILURE } from '../../../contracts/decision.js';

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
