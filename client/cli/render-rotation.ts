import type { KeyRotation, KeyState } from '../codec/key-rotation.js';
import { oneLine } from './display-text.js';
import { renderTable } from './table.js';

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
