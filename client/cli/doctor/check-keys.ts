import type { KeyCount } from '../../codec/count-keys.js';
import type { CliClient } from '../cli-deps.js';
import { ok, warn, type Check } from './check.js';

const LEFT_OUT = 'histories and what has ended are not counted';
const MEND = 'Rewrite what outlives retention, and see until when keys are needed: `reimage codec rotate`.';

/** Says what schedules and runs under way are encrypted by. That all is in clear where encryption is off is as it should be. */
export async function checkKeys(connect: () => Promise<CliClient>): Promise<Check> {
  try {
    await using client = await connect();
    const { currentKeyId, counts } = await client.countKeys();
    const others = counts.filter(({ keyId }) => keyId !== currentKeyId);
    const told = counts.length === 0 ? 'no schedule and nothing under way bears any' : counts.map(countText).join('; ');
    const message = `${told} (${LEFT_OUT})`;
    return others.length === 0 ? ok('keys in use', message) : warn('keys in use', message, MEND);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return warn(
      'keys in use',
      `it cannot be told what is encrypted by which key: ${message}`,
      'Mend what else is wrong here.',
    );
  }
}

function countText({ keyId, schedules, open, freeze }: KeyCount): string {
  const what = [
    ...(schedules === 0 ? [] : [schedules === 1 ? '1 schedule' : `${schedules} schedules`]),
    ...(open === 0 ? [] : [`${open} under way`]),
    ...(freeze ? ['the freeze'] : []),
  ];
  return `${keyId === null ? 'in clear' : `key ${keyId}`}: ${what.join(', ')}`;
}
