import * as z from 'zod';
import * as backup from '../contracts/backup.js';
import * as decision from '../contracts/decision.js';
import * as failureDetails from '../contracts/failure-details.js';
import * as failureKind from '../contracts/failure-kind.js';
import * as failures from '../contracts/failures.js';
import * as fleetFailures from '../contracts/fleet-failures.js';
import * as fleetControl from '../contracts/fleet/fleet-control.js';
import * as fleetIds from '../contracts/fleet/fleet-ids.js';
import * as fleetInput from '../contracts/fleet/fleet-input.js';
import * as fleetLimits from '../contracts/fleet/fleet-limits.js';
import * as fleetMembers from '../contracts/fleet/fleet-members.js';
import * as fleetPlan from '../contracts/fleet/fleet-plan.js';
import * as fleetProgress from '../contracts/fleet/fleet-progress.js';
import * as fleetSchedule from '../contracts/fleet/fleet-schedule.js';
import * as fleetSpec from '../contracts/fleet/fleet-spec.js';
import * as fleetStart from '../contracts/fleet/fleet-start.js';
import * as maintenance from '../contracts/fleet/maintenance.js';
import * as oneVmValues from '../contracts/fleet/one-vm-values.js';
import * as rolloutPolicy from '../contracts/fleet/rollout-policy.js';
import * as freeze from '../contracts/freeze.js';
import * as healthCheck from '../contracts/health-check.js';
import * as ids from '../contracts/ids.js';
import * as inputProblems from '../contracts/input-problems.js';
import * as launchScript from '../contracts/launch-script.js';
import * as names from '../contracts/names.js';
import * as rebuildPlan from '../contracts/rebuild-plan.js';
import * as rebuildProgress from '../contracts/rebuild-progress.js';
import * as rebuildRequest from '../contracts/rebuild-request.js';
import * as rebuildResult from '../contracts/rebuild-result.js';
import * as rerunVerdict from '../contracts/rerun-verdict.js';
import * as searchAttributes from '../contracts/search-attributes.js';
import * as secretRef from '../contracts/secret-ref.js';
import * as taskFailure from '../contracts/task-failure.js';
import * as text from '../contracts/text.js';
import * as utf8Text from '../contracts/utf8-text.js';
import * as workerReport from '../contracts/worker-report.js';

/** Every module of contracts/ that a workflow may import. A test holds the list equal to the folder; it runs in the sandbox only. */
export const CONTRACTS: readonly object[] = [
  backup,
  decision,
  failureDetails,
  failureKind,
  failures,
  fleetFailures,
  fleetControl,
  fleetIds,
  fleetInput,
  fleetLimits,
  fleetMembers,
  fleetPlan,
  fleetProgress,
  fleetSchedule,
  fleetSpec,
  fleetStart,
  maintenance,
  oneVmValues,
  rolloutPolicy,
  freeze,
  healthCheck,
  ids,
  inputProblems,
  launchScript,
  names,
  rebuildPlan,
  rebuildProgress,
  rebuildRequest,
  rebuildResult,
  rerunVerdict,
  searchAttributes,
  secretRef,
  taskFailure,
  text,
  utf8Text,
  workerReport,
];

/*
 * A worker evaluates this once, and all its workflows share what it imports; without it each workflow would make all
 * schemas anew, which took 20 times as long as the rest of its start. The SDK freezes what is shared, all the way down,
 * so that no workflow can speak to another through it; but zod works out parts of a schema at its first use and keeps
 * them in it, and sets `lastIndex` of a pattern before each match: frozen, either would fail every workflow task. The
 * SDK takes what is frozen for done: so all is frozen here save the schemas and zod's patterns.
 */
Object.freeze(z.regexes);
for (const contract of CONTRACTS) {
  for (const value of Object.values(contract)) freezeUnlessSchema(value);
  Object.freeze(contract);
}

function freezeUnlessSchema(value: unknown): void {
  if (typeof value !== 'object' || value === null || value instanceof z.ZodType || Object.isFrozen(value)) return;
  for (const inner of Object.values(value)) freezeUnlessSchema(inner);
  Object.freeze(value);
}
