import { readFile } from 'node:fs/promises';
import type * as z from 'zod';
import { image, keypair, region, vm } from './builders.js';
import { describeIssues, shortLine } from './issues.js';
import { RegionFile, type RegionState } from './region-state.js';
import { Scenario } from './scenario.js';

/**
 * Reads a region from a JSON file. Of VMs, images and key pairs only the ids are needed.
 * @throws Error that names the file and each wrong field, one a line
 */
export async function loadState(path: string): Promise<RegionState> {
  const file = await load(path, RegionFile);
  return region({
    regionId: file.regionId,
    quotas: file.quotas,
    vms: file.vms.map(({ instanceId, status, ...rest }) => vm(instanceId, status, rest)),
    ...(file.images.length > 0 && { images: file.images.map(({ imageId, ...rest }) => image(imageId, rest)) }),
    keypairs: file.keypairs.map(({ keyName, ...rest }) => keypair(keyName, rest)),
  });
}

/**
 * Reads a scenario from a JSON file.
 * @throws Error that names the file and each wrong field, one a line
 */
export async function loadScenario(path: string): Promise<Scenario> {
  return load(path, Scenario);
}

async function load<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Error(`${path}: cannot be read (${error instanceof Error ? error.message : String(error)})`);
  });
  const parsed = schema.safeParse(parseJson(path, text));
  if (parsed.success) return parsed.data;
  throw new Error(describeIssues(parsed.error).replace(/^/gm, `${path}: `));
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path}: is not JSON (${shortLine(error instanceof Error ? error.message : String(error))})`);
  }
}
