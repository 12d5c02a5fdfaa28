import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Io } from '../../client/cli/io/deps.js';
import { ReimageClient } from '../../client/reimage-client.js';
import { FAILURES } from '../../contracts/failures.js';
import { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import type { FleetTargets } from './fleet-cloud.js';
import { FLEET_NAME, fleetFile } from './fleet-file.js';
import type { Seen } from './fleet-report.js';
import type { Shell } from './shell.js';
import type { Stand } from './stand.js';

export interface StoryOptions {
  readonly stand: Stand<FleetTargets>;
  readonly shell: Shell;
  readonly io: Io;
  readonly say: (line: string) => void;
}

/** What the story is judged by. */
export type Told = Pick<Seen, 'plan' | 'putBack' | 'approvedAt'>;

/** Lines of a long output that are shown. */
const MOST_LINES = 34;

/** What a rebuild that was rolled back exits with. */
const ROLLED_BACK = FAILURES.RolledBack.exitCode;

/**
 * A fleet from its file to its report: plan, start, canary, approval, a VM on which the image does not work, its decision,
 * the failure budget that pauses the fleet, and the resume.
 */
export async function playStory({ stand, shell, io, say }: StoryOptions): Promise<Told> {
  await using client = await ReimageClient.connect({ env: stand.env });
  const { type, typeUntil } = shell;
  const regionId = stand.cloud.regionId;
  const fleet = () => client.fleets.get({ fleetId: FLEET_NAME, regionId });
  const watch = ['fleet', 'watch', FLEET_NAME];
  const bob = (reason: string) => ['--by', 'bob', '--reason', reason];

  const plan = await planAndStart({ stand, shell, io, say });
  const putBack = breakOne(plan, stand.targets, say);

  await typeUntil(watch, /awaiting-approval/);
  await type(['fleet', 'approve', FLEET_NAME, '--gate', 'after the canary', ...bob('the canary is well')]);
  const approvedAt = (await fleet()).summary?.auditEntries.find(({ action }) => action === 'approve')?.at ?? '';

  await typeUntil(watch, /\b1 held/);
  await type(['status', putBack]);
  const decided = ['decide', putBack, 'rollback', '--yes', ...bob('the new image does not work on it')];
  await type(decided, { exits: ROLLED_BACK });

  await typeUntil(watch, /failure budget exhausted/);
  await type(['fleet', 'resume', FLEET_NAME, '--pause', '1', ...bob('this VM is a special case')]);
  await type(watch);
  await type(['fleet', 'report', FLEET_NAME], { io: shortened(io) });
  return { plan, putBack, approvedAt };
}

async function planAndStart({ stand, shell, io, say }: StoryOptions): Promise<FleetPlan> {
  const { healthUrl } = stand.targets;
  const file = join(stand.directory, 'web.yaml');
  const saved = join(stand.directory, 'web-plan.json');
  const text = fleetFile({ regionId: stand.cloud.regionId, healthUrl });
  await writeFile(file, text);
  io.err(`\n${io.colour('bold', `$ cat ${file}`)}`);
  for (const line of text.trimEnd().split('\n')) io.err(line);
  const shown = new Set<string>();
  const out = (line: string) => (shown.add(line), io.out(line));
  await shell.type(['fleet', 'plan', file, '--save', saved], { io: { out } });
  say('`fleet start` shows the plan again, and plans anew to see whether it still holds; it is left out here');
  const err = (line: string) => (shown.has(line) ? undefined : io.err(line));
  await shell.type(['fleet', 'start', saved, '--yes', '--detach'], { io: { err } });
  return FleetPlan.parse(JSON.parse(await readFile(saved, 'utf8')));
}

/** Nobody knows yet: on one VM of the last wave the new image will not do. */
function breakOne({ rows, waves }: FleetPlan, targets: FleetTargets, say: (line: string) => void): string {
  const one = rows.find(({ wave }) => wave === waves.length - 1);
  if (one === undefined) throw new Error('The plan has no last wave.');
  targets.breakOn(one.instanceId);
  say(`what nobody knows yet: on ${one.instanceId} "${one.name ?? ''}" the new image will not serve`);
  return one.instanceId;
}

/** The terminal for a long output: its beginning. */
function shortened(io: Io): Partial<Io> {
  let lines = 0;
  return {
    out: (line) => {
      lines += 1;
      if (lines <= MOST_LINES) io.out(line);
      if (lines === MOST_LINES) io.out('(and so on)');
    },
  };
}
