import { ApplicationFailure } from '@temporalio/common';
import * as z from 'zod';
import type { Activities } from '../../activities/create-activities.js';
import { createDependencies } from '../../activities/create-dependencies.js';
import { NEVER_FROZEN } from './never-frozen.js';

const Vm = z.looseObject({ instanceId: z.string() });

/** The VM that an activity's input names, whichever activity of a rebuild it is. */
const Input = z.union([
  Vm.transform(({ instanceId }) => instanceId),
  z.looseObject({ vm: Vm }).transform(({ vm }) => vm.instanceId),
  z.looseObject({ request: Vm }).transform(({ request }) => request.instanceId),
  z.looseObject({ target: z.looseObject({ vm: Vm }) }).transform(({ target }) => target.vm.instanceId),
]);

/**
 * The activities of a rebuild for a worker that serves several clouds at once: each goes to those of the cloud that its
 * VM is in.
 */
export function routedActivities(
  activitiesOf: (instanceId: string) => Activities | undefined,
): Record<string, (...args: unknown[]) => unknown> {
  const route =
    (name: string) =>
    (...args: unknown[]) => {
      const instanceId = Input.parse(args[0]);
      const activity: unknown = Reflect.get(activitiesOf(instanceId) ?? {}, name);
      if (typeof activity !== 'function') throw ApplicationFailure.nonRetryable(`no cloud here holds ${instanceId}`);
      return Reflect.apply(activity, undefined, args);
    };
  return Object.fromEntries(activityNames().map((name) => [name, route(name)]));
}

function activityNames(): string[] {
  const nowhere = createDependencies({
    jdcloud: { endpoint: 'http://127.0.0.1:1', credentials: async () => ({ accessKey: '', secretKey: '' }) },
    env: {},
    namespace: NEVER_FROZEN,
    stopping: new AbortController().signal,
  });
  nowhere.close();
  return Object.keys(nowhere.activities);
}
