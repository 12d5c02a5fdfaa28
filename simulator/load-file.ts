import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { fileProblem, utf8Text } from '../contracts/utf8-text.js';
import { image, keypair, region, vm } from './model/builders.js';
import { Scenario } from './model/fault-rule.js';
import { describeIssues, parseWritten, shortLine } from './model/issues.js';
import { RegionFile, type RegionState } from './model/region-state.js';

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
  const written = parseJson(path, await readText(path));
  try {
    return parseWritten(schema, written);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw new Error(describeIssues(error).replace(/^/gm, `${path}: `), { cause: error });
  }
}

async function readText(path: string): Promise<string> {
  try {
    return utf8Text(await readFile(path));
  } catch (error) {
    throw new Error(`${path}: ${fileProblem(error)}`, { cause: error });
  }
}

function parseJson(path: string, text: string): unknown {
  if (text.trim() === '') throw new Error(`${path}: is empty`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path}: is not JSON (${shortLine(error instanceof Error ? error.message : String(error))})`);
  }
}
