import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { FleetStatus } from '../../contracts/fleet/fleet-progress.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { fleetMarkdown } from './fleet-markdown.js';
import type { FleetRecord } from './fleet-record.js';
import { summarize } from './summarize.js';

/** What Temporal itself shows of a fleet: its status can be searched for, and its UI tells where it is. */
export class Notice {
  readonly #input: FleetInput;
  readonly #record: FleetRecord;
  #posted: FleetStatus | null = null;

  constructor(input: FleetInput, record: FleetRecord) {
    this.#input = input;
    this.#record = record;
  }

  /** Shows where the fleet is now. */
  post(): void {
    const summary = summarize(this.#input, this.#record);
    setCurrentDetails(fleetMarkdown(summary));
    if (summary.status === this.#posted) return;
    this.#posted = summary.status;
    const { region, image, fleet, phase } = SEARCH_ATTRIBUTE;
    upsertSearchAttributes([
      { key: region, value: summary.regionId },
      { key: image, value: summary.imageId },
      { key: fleet, value: summary.fleetId },
      { key: phase, value: summary.status },
    ]);
  }
}
