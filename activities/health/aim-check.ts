import type { HealthCheck } from '../../contracts/health-check.js';
import type { VmRef } from '../../contracts/ids.js';
import { execLook, programEnv } from './exec-look.js';
import { httpLook } from './http-look.js';
import type { Looker, LookLimits } from './look.js';
import { tcpLook } from './tcp-look.js';
import { fillText, fillUrl, missingFor, type VmPlace } from './vm-place.js';

/** What a check is aimed at. */
export interface Aim {
  readonly vm: VmRef;
  readonly place: VmPlace;
  /** The worker's environment, of which programs get a little. */
  readonly env: NodeJS.ProcessEnv;
}

/** Makes a check ready to be made on one VM. A string, one line, says why it cannot be made on it, however long one waits. */
export function aimCheck(check: HealthCheck, aim: Aim): Looker | string {
  const missing = missingOn(check, aim.place);
  if (missing !== null) return `the VM has no ${missing}`;
  const timeoutMs = check.timeoutSeconds * 1000;
  return (signal) => lookOnce(check, aim, { timeoutMs, signal });
}

/** What a check asks for that the VM has not, in words; null when it has all of it. */
export function missingOn(check: HealthCheck, place: VmPlace): string | null {
  const missing = textsOf(check).map((text) => missingFor(text, place));
  return missing.find((name) => name !== null) ?? null;
}

function textsOf(check: HealthCheck): readonly string[] {
  switch (check.kind) {
    case 'tcp':
      return [check.host];
    case 'http':
      return [check.url];
    case 'exec':
      return check.command;
  }
}

function lookOnce(check: HealthCheck, { vm, place, env }: Aim, limits: LookLimits) {
  switch (check.kind) {
    case 'tcp':
      return tcpLook({ host: fillText(check.host, place), port: check.port }, limits);
    case 'http':
      return httpLook({ ...check, url: fillUrl(check.url, place) }, limits);
    case 'exec': {
      const command = check.command.map((text) => fillText(text, place));
      return execLook({ command, env: programEnv(env, vm) }, limits);
    }
  }
}
