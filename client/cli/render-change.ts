import type { Operation } from '../operation.js';
import { oneLine } from './display-text.js';
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

function changeText({ progress, phase, note }: Operation): string {
  const where = progress?.phase ?? phase ?? 'waiting for a worker';
  if (progress === null) return note === null ? where : `${where}: ${oneLine(note)}`;
  const step = stepText(progress);
  const cancel = progress.cancelRequestedAt === null ? '' : '; cancellation asked for';
  return `${where}${step && `: ${step}`}; next: ${oneLine(progress.next)}${cancel}`;
}
