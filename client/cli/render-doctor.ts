import type { Style } from './cli-deps.js';
import { oneLine, padToWidth } from './display-text.js';
import type { Check } from './doctor/check.js';

const STYLES = { ok: 'green', warn: 'yellow', fail: 'red' } as const satisfies Record<Check['status'], Style>;

/** One line a check, and below it how to mend what is wrong. */
export function renderDoctor(checks: readonly Check[], colour: (style: Style, text: string) => string): string[] {
  return checks.flatMap(({ name, status, message, mend }) => [
    `${colour(STYLES[status], padToWidth(status, 4))}  ${padToWidth(name, 17)}  ${oneLine(message)}`,
    ...(mend === null ? [] : [`      ${oneLine(mend)}`]),
  ]);
}
