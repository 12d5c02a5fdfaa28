import { isIP } from 'node:net';
import {
  fillPlaceholders,
  type HealthCheck,
  type HealthCheckResult,
  type Placeholder,
  PLACEHOLDERS,
} from '../../contracts/health-check.js';
import type { VmRef } from '../../contracts/ids.js';
import type { Instance } from '../../jdcloud/schemas.js';
import { pause } from '../runtime/time.js';
import { httpProbe } from './http-probe.js';
import { execProbe, type Probe, type ProbeLimits, programEnv, tcpProbe } from './probes.js';
import { SuccessStreak } from './success-streak.js';

/** What a check is aimed at. */
export interface Aim {
  readonly vm: VmRef;
  readonly place: VmPlace;
  /** The worker's environment, of which programs get a little. */
  readonly env: NodeJS.ProcessEnv;
}

/** Makes a check ready to be made on one VM. A string, one line, says why it cannot be made on it, however long one waits. */
export function aimCheck(check: HealthCheck, aim: Aim): Probe | string {
  const missing = missingOn(check, aim.place);
  if (missing !== null) return `the VM has no ${missing}`;
  const timeoutMs = check.timeoutSeconds * 1000;
  return (signal) => probeOnce(check, aim, { timeoutMs, signal });
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

function probeOnce(check: HealthCheck, { vm, place, env }: Aim, limits: ProbeLimits) {
  switch (check.kind) {
    case 'tcp':
      return tcpProbe({ host: fillText(check.host, place), port: check.port }, limits);
    case 'http':
      return httpProbe({ ...check, url: fillUrl(check.url, place) }, limits);
    case 'exec': {
      const command = check.command.map((text) => fillText(text, place));
      return execProbe({ command, env: programEnv(env, vm) }, limits);
    }
  }
}

/** Looks beyond those that must be good. */
const SPARE_PROBES = 2;

/**
 * Finds out whether a check is good now: `successes` good looks in a row, within two looks more than that, at the
 * check's own pace, and within its deadline. Ends as soon as it is decided either way.
 * @throws the reason of the signal, and nothing else
 */
export async function probe(check: HealthCheck, aim: Aim, signal: AbortSignal): Promise<HealthCheckResult> {
  const streak = new SuccessStreak(check);
  const look = aimCheck(check, aim);
  if (typeof look === 'string') {
    streak.take({ isGood: false, message: look });
    return streak.answer();
  }
  const endsAt = performance.now() + check.deadlineSeconds * 1000;
  const intervalMs = check.intervalSeconds * 1000;
  for (let left = check.successes + SPARE_PROBES - 1; ; left -= 1) {
    streak.take(await look(signal));
    const isDecided = streak.missing === 0 || streak.missing > left || performance.now() + intervalMs > endsAt;
    if (isDecided) return streak.answer();
    await pause(intervalMs, signal);
  }
}

/** What the placeholders of a check stand for. Null: the VM has none. */
export type VmPlace = Readonly<Record<Placeholder, string | null>>;

const NAMES: Record<Placeholder, string> = {
  privateIp: 'private IP address',
  elasticIp: 'elastic IP address',
  instanceId: 'id',
};

/** Takes from JD Cloud's object where the VM is. What is no IP address is none: it goes into URLs and arguments. */
export function placeOf({ instanceId, privateIpAddress, elasticIpAddress }: Instance): VmPlace {
  return { instanceId, privateIp: ipOrNull(privateIpAddress), elasticIp: ipOrNull(elasticIpAddress) };
}

function ipOrNull(address: string | null | undefined): string | null {
  return address != null && isIP(address) !== 0 ? address : null;
}

/** What a text asks for that the VM has not, in words; null when it has all of it. */
export function missingFor(text: string, place: VmPlace): string | null {
  const missing = PLACEHOLDERS.find((name) => place[name] === null && text.includes(`{${name}}`));
  return missing === undefined ? null : NAMES[missing];
}

/** A host or argument with the VM's own values in it. Nothing where the VM has none: ask {@link missingFor} first. */
export function fillText(text: string, place: VmPlace): string {
  return fillPlaceholders(text, (name) => place[name] ?? '');
}

/** The same for a URL, in which an IPv6 address stands in brackets. */
export function fillUrl(text: string, place: VmPlace): string {
  return fillPlaceholders(text, (name) => {
    const value = place[name] ?? '';
    return isIP(value) === 6 ? `[${value}]` : value;
  });
}
