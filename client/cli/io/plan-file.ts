import { FleetPlan } from '../../../contracts/fleet/fleet-plan.js';
import { fileProblem, utf8Text } from '../../../contracts/utf8-text.js';
import { ReimageInvalidInputError } from '../../connection/errors.js';
import { planDigest } from '../../fleets/plan.js';
import type { CliClient, Io } from './deps.js';

/** How the id of every plan begins. */
export const PLAN_ID = /^plan-reimage:/;

/** A plan by its id, from the namespace, or by the name of the file that it was saved in. @throws ReimageError */
export async function readPlanNamed(
  named: string,
  connect: () => Promise<CliClient>,
  io: Pick<Io, 'readFile'>,
): Promise<FleetPlan> {
  if (!PLAN_ID.test(named)) return readSavedPlan(await textOf(named, io), named);
  await using client = await connect();
  return await client.fleets.readPlan(named);
}

/** A plan as `--save` has written it. @throws ReimageInvalidInputError for what is none, or was changed since */
export function readSavedPlan(text: string, name: string): FleetPlan {
  const plan = FleetPlan.safeParse(parsed(text));
  if (!plan.success)
    throw new ReimageInvalidInputError(`${name} holds no plan that this version of Reimage can read.`, 'plan');
  if (planDigest(plan.data) === plan.data.digest) return plan.data;
  const message = `${name} is not what its digest says: it was changed after the plan was made. Plan again.`;
  throw new ReimageInvalidInputError(message, 'digest');
}

/** The text of a file that a person has written: UTF-8. @throws ReimageInvalidInputError when it cannot be read, or is none */
export async function textOf(path: string, io: Pick<Io, 'readFile'>): Promise<string> {
  try {
    return utf8Text(await io.readFile(path));
  } catch (error) {
    throw new ReimageInvalidInputError(`${path} ${fileProblem(error)}`, 'file');
  }
}

/** Null for what is no JSON: the parser's own message repeats what stands in the file. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
