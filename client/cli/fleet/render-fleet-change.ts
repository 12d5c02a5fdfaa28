import type { FleetOperation } from '../../fleet/fleet-operation.js';
import { formatLocal, oneLine } from '../display-text.js';
import { countsText, waveText } from './fleet-counts.js';

/**
 * One plain line with a timestamp for what is new since the look before; null when nothing is.
 * Made for logs: no colours, no cutting.
 */
export function renderFleetChange(previous: FleetOperation | null, current: FleetOperation, now: Date): string | null {
  const text = changeText(current);
  if (previous !== null && changeText(previous) === text) return null;
  return `${now.toISOString()} ${current.fleetId} ${text}`;
}

/** The same as long as nothing is new: what passes with time alone does not stand in it. */
function changeText({ status, isRunning, summary, result, note }: FleetOperation): string {
  if (!isRunning)
    return result === null ? `${status}: ${oneLine(note ?? '')}` : `${status}: ${countsText(result.counts)}`;
  if (summary === null) return note === null ? status : `${status}: ${oneLine(note)}`;
  const { wave, counts, failures, reason, nextEvent } = summary;
  const event = nextEvent === null ? '' : `; next: ${oneLine(nextEvent.what)} at ${formatLocal(nextEvent.at)}`;
  const where = waveText(wave.index, { of: wave.of });
  return `${status}, ${where}: ${countsText(counts)}; failures ${failures.now}/${failures.of}; ${oneLine(reason)}${event}`;
}
