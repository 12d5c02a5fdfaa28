import { type Freeze, freezeText } from '../../contracts/fleet/freeze.js';
import type { CliClient, Io } from './cli-deps.js';
import { oneLine } from './display-text.js';

/** A freeze in one line: since when, by whom, why. */
export function renderFreeze(freeze: Freeze): string {
  return oneLine(freezeText(freeze));
}

/** Says on stderr that the namespace is frozen, where it is. @returns the freeze, or null */
export async function tellFreeze(client: CliClient, io: Pick<Io, 'err'>): Promise<Freeze | null> {
  const freeze = await client.frozen();
  if (freeze !== null) io.err(`! the namespace is ${renderFreeze(freeze)}; no rebuild begins in it`);
  return freeze;
}
