import type { Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { RotateOptions } from '../run-codec-rotate.js';
import { runCodecRotate } from '../run-codec-rotate.js';
import { outputOption } from '../output-option.js';

const ROTATE = `
Without --yes it counts, and touches nothing: what the namespace holds of each key of REIMAGE_CODEC_KEYS, which of it
outlives retention, and whether the key may be dropped. With --yes it rewrites schedules and the freeze so that they
bear the first key. Safe to repeat. It reads the whole history of every run that the namespace keeps.
Exit code 3 when something that should bear the first key does not, or a key lacks.

Examples:
  $ reimage codec rotate
  $ reimage codec rotate --yes --output json`;

/** Defines `reimage codec`, a family. */
export function defineCodec(codec: Command, { dispatch }: Parsing): void {
  codec
    .command('rotate')
    .description('Tell which keys may be dropped; rewrite what outlives retention')
    .option('--yes', 'rewrite: schedules and the freeze')
    .addOption(outputOption())
    .addHelpText('after', ROTATE)
    .action((options: object) => dispatch(cliCommand('codec rotate', RotateOptions, runCodecRotate), { ...options }));
}
