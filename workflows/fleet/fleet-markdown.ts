import { type FleetSummary, MEMBER_STATES } from '../../contracts/fleet/fleet-progress.js';
import { markdownCode } from '../../contracts/markdown.js';

/** Where a fleet is, as Markdown for Temporal's UI. What came as free text is shown as code, so that it is no Markdown. Pure. */
export function fleetMarkdown({ status, reason, wave, counts, size, failures, nextEvent }: FleetSummary): string {
  const inState = MEMBER_STATES.map((state) => `${counts[state]} ${state}`);
  return [
    `**${status}** · wave ${wave.index + 1}/${wave.of} ${markdownCode(wave.name)} · ${markdownCode(reason)}`,
    '',
    `${size} VMs: ${inState.join(' · ')} · failures ${failures.now}/${failures.of}`,
    ...(nextEvent === null ? [] : ['', `Next: ${markdownCode(nextEvent.what)} at ${nextEvent.at}`]),
  ].join('\n');
}
