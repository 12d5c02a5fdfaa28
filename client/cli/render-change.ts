import type { Operation } from '../operation.js';
import { oneLine } from './display-text.js';
import { decideCommand, untilText, whyHeld } from './render-held.js';
import { stepText } from './render-progress.js';

/**
 * One plain line with a timestamp for what is new since the look before; null when nothing is.
 * Made for logs: no colours, no cutting.
 */
export function renderChange(previous: Operation | null, current: Operation, now: Date): string | null {
  const text = changeText(current);
  if (previous !== null && changeText(previous) === text) return null;
  return `${now.toISOString()} ${current.instanceId} ${text}`;
}

/** The same as long as nothing is new: what passes with time alone does not stand in it. */
function changeText(operation: Operation): string {
  const { progress, phase, note } = operation;
  const where = progress?.phase ?? phase ?? 'waiting for a worker';
  if (progress === null) return note === null ? where : `${where}: ${oneLine(note)}`;
  const { held } = progress;
  if (held) return `held: ${whyHeld(held)}; waits for a decision ${untilText(held)}: ${decideCommand(held, operation)}`;
  const step = stepText(progress);
  const cancel = progress.cancelRequestedAt === null ? '' : '; cancellation asked for';
  return `${where}${step && `: ${step}`}; next: ${oneLine(progress.next)}${cancel}`;
}
