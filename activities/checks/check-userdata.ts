import { readLaunchScript } from '../../contracts/launch-script.js';
import type { Misfit, Warning } from '../../contracts/rebuild-plan.js';
import { type Facts, isWindows } from './facts.js';

/**
 * Whether the rebuilt system would run the launch script at all: JD Cloud takes any, and the VM would come back without its
 * set-up. Judged before anything is touched only: a script that was well then must keep nobody from going on or back.
 */
export function checkUserdata({ request, image, isBeginning = false }: Facts): Misfit[] {
  const script = scriptOf(request);
  if (!isBeginning || script === null) return [];
  if ('problem' in script) return misfit(`The launch script ${script.problem}.`);
  if (image === null) return [];
  const system = isWindows(image) ? 'windows' : 'linux';
  if (script.platform === system) return [];
  const names = { linux: 'Linux', windows: 'Windows' } as const;
  return misfit(`The launch script is for ${names[script.platform]}; the image is ${names[system]}.`);
}

/** What JD Cloud's guide does not promise to run. */
export function userdataWarnings({ request }: Pick<Facts, 'request'>): Warning[] {
  const script = scriptOf(request);
  if (script === null || 'problem' in script || script.isNamed) return [];
  const message =
    "JD Cloud's guide names #!/bin/bash and #!/usr/bin/env python; whether the launch script's first line is run too depends on the image.";
  return [{ code: 'userdata-interpreter', message }];
}

function scriptOf({ userdata }: Facts['request']) {
  const value = userdata?.[0]?.value;
  return value === undefined ? null : readLaunchScript(value);
}

function misfit(message: string): Misfit[] {
  return [{ code: 'userdata', field: 'userdata', message }];
}
