import type { Command } from 'commander';
import type { Dispatch } from '../command-names.js';
import { outputOption } from '../output-option.js';

const ROTATE = `
Without --yes it counts, and touches nothing: what the namespace holds of each key of REIMAGE_CODEC_KEYS, which of it
outlives retention, and whether the key may be dropped. With --yes it rewrites schedules and the freeze so that they
bear the first key. Safe to repeat. It reads the whole history of every run that the namespace keeps.
Exit code 3 when something that should bear the first key does not, or a key lacks.

Examples:
  $ reimage codec rotate
  $ reimage codec rotate --yes --output json`;

/** Adds `codec rotate`. */
export function addCodecCommands(parent: Command, dispatch: Dispatch): void {
  parent
    .command('codec')
    .description('Change the key that payloads are encrypted by')
    .command('rotate')
    .description('Tell which keys may be dropped; rewrite what outlives retention')
    .option('--yes', 'rewrite: schedules and the freeze')
    .addOption(outputOption())
    .addHelpText('after', ROTATE)
    .action((options: object) => dispatch('codec rotate', { ...options }));
}
