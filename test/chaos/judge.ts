import { judgeErases, judgeBystanders } from './judge-deeds.js';
import { judgeHold } from './judge-hold.js';
import { judgeState } from './judge-state.js';
import type { Ended, Played } from './play-walk.js';

/** Everything in a walk that is not as promised, one line each, by the cloud's own journal and state. */
export function violationsOf(played: Played): string[] {
  const { stage, ended, lost } = played;
  const tales = stage.rebuilds.flatMap(({ instanceId, violations }) =>
    violations.map((why) => `${instanceId}: ${why}`),
  );
  return [...lost, ...tales, ...judgeBystanders(stage), ...ended.flatMap((each) => judge(played, each))];
}

function judge({ stage: { cloud } }: Played, ended: Ended): string[] {
  const { rebuild, result, taskFailures } = ended;
  const { outcome, failure } = result;
  const broken = taskFailures.map((why) => `a workflow task failed: ${why}`);
  const judged = rebuild.isSpoiled
    ? []
    : [...judgeErases(cloud, ended), ...judgeState(cloud, ended), ...judgeHold(ended)];
  const unforeseen = failure?.type === 'Unexpected' ? [`it ended as Unexpected: ${failure.message}`] : [];
  const end = `${outcome}${failure === undefined ? '' : ` ${failure.type}`}`;
  return [...broken, ...unforeseen, ...judged].map((what) => `${rebuild.instanceId} (${end}): ${what}`);
}
