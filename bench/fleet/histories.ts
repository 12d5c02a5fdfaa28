import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { type FleetLock, type FleetRef, fleetWorkflowId } from '../../contracts/fleet/fleet-ids.js';
import { WORKFLOW } from '../../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';

/** What a fleet has left in Temporal. */
export interface Histories {
  /** Of the rebuilds: events of one, mean and most, and bytes of the largest. */
  readonly child: { readonly mean: number; readonly most: number; readonly mostBytes: number };
  /** Of the fleet itself, over all its runs. */
  readonly parent: {
    readonly runs: number;
    readonly eventsPerVm: number;
    readonly mostEvents: number;
    readonly mostBytes: number;
  };
}

interface Size {
  readonly events: number;
  readonly bytes: number;
}

/** Reads the sizes of all histories of a fleet. @throws Error when Temporal does not list all rebuilds within a while */
export async function readHistories(client: Client, fleet: FleetRef & FleetLock, vms: number): Promise<Histories> {
  const ofFleet = `${SEARCH_ATTRIBUTE.fleet.name} = '${fleet.fleetId}'`;
  const children = await sizesOf(client, `WorkflowType = '${WORKFLOW.rebuildInstance}' AND ${ofFleet}`, vms);
  const parents = await sizesOf(client, `WorkflowId = '${fleetWorkflowId(fleet)}' AND ${ofFleet}`, 1);
  const events = (sizes: readonly Size[]) => sizes.map((size) => size.events);
  const bytes = (sizes: readonly Size[]) => sizes.map((size) => size.bytes);
  return {
    child: {
      mean: sum(events(children)) / children.length,
      most: Math.max(...events(children)),
      mostBytes: Math.max(...bytes(children)),
    },
    parent: {
      runs: parents.length,
      eventsPerVm: sum(events(parents)) / vms,
      mostEvents: Math.max(...events(parents)),
      mostBytes: Math.max(...bytes(parents)),
    },
  };
}

/** Temporal's index lags by a moment: it is asked until it knows of enough that have ended. */
async function sizesOf(client: Client, which: string, atLeast: number): Promise<Size[]> {
  const deadline = Date.now() + INDEXED_WITHIN_MS;
  for (;;) {
    const sizes: Size[] = [];
    for await (const { status, historyLength, historySize } of client.workflow.list({ query: which }))
      if (status.name !== 'RUNNING') sizes.push({ events: historyLength, bytes: historySize ?? 0 });
    if (sizes.length >= atLeast) return sizes;
    if (Date.now() > deadline)
      throw new Error(`Temporal lists ${sizes.length} of ${atLeast} ended workflows: ${which}`);
    await delay(ASK_AGAIN_MS);
  }
}

const INDEXED_WITHIN_MS = 30_000;
const ASK_AGAIN_MS = 500;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
