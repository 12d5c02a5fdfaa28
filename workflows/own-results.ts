import { ApplicationFailure } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.js';
import { RESULT_SHAPES } from './result-shapes.js';

/** A call that must not be sent twice is no more to be asked for: whoever has asked finds out what became of it. */
const NEVER_AGAIN: readonly string[] = ['rebuildInstance', 'createBackup'] satisfies (keyof Activities)[];

/** How often an activity is begun anew whose result was given by hand. */
const MOST_TIMES = 3;

/**
 * The same activities, with results that anybody who may write to the namespace can give in their place (`temporal activity
 * complete`): one that has not the shape of the activity's own says nothing of the VM. The activity is done again, since
 * it reads before it acts; one that must not be repeated ends as one that has not reported.
 * @throws ApplicationFailure ResultNotBelieved, from each of them
 */
export function believingOwnResults(activities: Activities): Activities {
  return new Proxy(activities, {
    get: (all, name) => {
      const activity: unknown = Reflect.get(all, name);
      if (typeof activity !== 'function' || !isActivity(name)) return activity;
      return (...args: readonly unknown[]) => callBelieving(name, () => Reflect.apply(activity, all, args));
    },
  });
}

function isActivity(name: string | symbol): name is keyof Activities {
  return typeof name === 'string' && Object.hasOwn(RESULT_SHAPES, name);
}

async function callBelieving(name: keyof Activities, call: () => unknown): Promise<unknown> {
  const times = NEVER_AGAIN.includes(name) ? 1 : MOST_TIMES;
  for (let time = 1; time <= times; time += 1) {
    const result = await call();
    if (RESULT_SHAPES[name].safeParse(result).success) return result;
  }
  const message = `${name} was completed by hand with a result that it cannot have. What became of it is not known by that.`;
  throw ApplicationFailure.nonRetryable(message, 'ResultNotBelieved');
}
