import type { HealthCheck } from '../../contracts/health-check.js';
import type { VmRef } from '../../contracts/ids.js';
import type { Instance } from '../../jdcloud/schemas.js';
import { probe } from '../health/probe.js';
import { placeOf } from '../health/vm-place.js';

/** VMs of a page whose checks are made at a time: they hold sockets and programs on the worker. */
const AT_A_TIME = 25;

/**
 * What the health checks say against VMs that run, by id; those that are well are not in it. A check is bad when none
 * of three looks is good: whether it is good as often in a row as it asks for, its rebuild finds out.
 * @throws the reason of the signal
 */
export async function findSick(
  vms: readonly Instance[],
  { regionId, checks, env }: { regionId: string; checks: readonly HealthCheck[]; env: NodeJS.ProcessEnv },
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const sick = new Map<string, string>();
  const queue = checks.length === 0 ? [] : vms.filter(({ status }) => status === 'running');
  const lane = async () => {
    for (let vm = queue.pop(); vm !== undefined; vm = queue.pop()) {
      const said = await firstBad(vm, { regionId, instanceId: vm.instanceId }, checks, env, signal);
      if (said !== null) sick.set(vm.instanceId, said);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  return sick;
}

async function firstBad(
  instance: Instance,
  vm: VmRef,
  checks: readonly HealthCheck[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string | null> {
  const aim = { vm, place: placeOf(instance), env };
  const answers = await Promise.all(checks.map((check) => probe({ ...check, successes: 1 }, aim, signal)));
  const bad = answers.find(({ healthy }) => !healthy);
  return bad === undefined ? null : `${bad.check}: ${bad.answer}`;
}
