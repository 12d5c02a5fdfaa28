import type { Command } from 'commander';
import * as z from 'zod';
import { FAILURES } from '../../../contracts/failures.js';
import type { KeyRotation, KeyState } from '../../codec/key-rotation.js';
import type { CliDeps } from '../io/deps.js';
import { OK } from '../io/exit-codes.js';
import { oneLine, renderTable } from '../io/text.js';
import { outputOption, OUTPUTS, type Parsing } from '../options/command-table.js';
import { cliCommand } from '../options/parse-options.js';

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

/** What stands on the command line of `codec rotate`. */
export const RotateOptions = z.strictObject({ yes: z.boolean().optional(), output: z.enum(OUTPUTS) });
export type RotateOptions = z.output<typeof RotateOptions>;

/** Tells what the namespace holds by the keys of its payloads; with `yes` rewrites first what outlives retention. @throws ReimageError */
export async function runCodecRotate({ yes = false, output }: RotateOptions, deps: CliDeps): Promise<number> {
  const { io, connect } = deps;
  await using client = await connect();
  io.err('reading every schedule and the history of every run; this may take minutes');
  const rotation = yes ? await client.rotateKeys() : await client.planKeyRotation();
  if (output === 'json') io.out(JSON.stringify(rotation));
  else for (const line of renderRotation(rotation)) io.out(line);
  return rotation.notRewritten.length === 0 ? OK : FAILURES.Unreadable.exitCode;
}

const VERDICT = { encrypts: 'encrypts', drop: 'may be dropped now', keep: 'keep' } as const satisfies Record<
  KeyState['verdict'],
  string
>;

/** What a namespace holds of each key, what was rewritten, and what is to be done with each key. */
export function renderRotation({ namespace, currentKeyId, keys, rewritten, notRewritten }: KeyRotation): string[] {
  return [
    `Keys of namespace ${namespace}: ${currentKeyId} encrypts`,
    ...renderTable(
      ['KEY', 'PAYLOADS', 'SCHEDULES', 'FREEZE', 'OPEN', 'ENDED', 'LAST WRITTEN'],
      keys.map(({ keyId, payloads, schedules, freeze, open, ended, lastWrite }) => [
        nameOf(keyId),
        String(payloads),
        String(schedules.length),
        freeze ? 'yes' : 'no',
        String(open.length),
        String(ended),
        lastWrite === null ? '' : [lastWrite.at, ...(lastWrite.by === null ? [] : [`by ${lastWrite.by}`])].join(' '),
      ]),
    ),
    ...(rewritten === null ? [] : rewrittenLines(rewritten)),
    ...notRewritten.map(({ what, why }) => oneLine(`not rewritten: ${what}: ${why}`)),
    '',
    ...keys.filter(isTold).map(({ keyId, verdict, because }) => {
      const what = keyId === null ? 'in clear' : `${nameOf(keyId)}: ${VERDICT[verdict]}`;
      return oneLine(`${what}: ${because}`);
    }),
  ];
}

/** That nothing stands in clear is no news. */
function isTold({ keyId, payloads }: KeyState): boolean {
  return keyId !== null || payloads > 0;
}

function nameOf(keyId: string | null): string {
  return keyId ?? 'in clear';
}

function rewrittenLines({ schedules, freeze }: NonNullable<KeyRotation['rewritten']>): string[] {
  const done = [...schedules.map((id) => `schedule ${id}`), ...(freeze ? ['the freeze'] : [])];
  return done.length === 0 ? ['nothing was to be rewritten'] : done.map((what) => `rewritten: ${what}`);
}
