import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_TIMING } from '../../activities/runtime/time.js';
import { startGuardedChild } from '../../temporal/dev-server/guarded-child.js';
import { log } from '../log.js';
import { watchTree } from '../process-tree.js';
import { startRegion, type Target } from '../region.js';
import { type AnsibleHome, findAnsible, PLAYBOOKS } from './ansible-home.js';
import type { FleetBench } from './fleet-bench.js';
import { type CourseFigures, measureCourse } from './measure-fleet.js';
import { tellProgress } from './tell-progress.js';

/** VMs that the playbook takes at a time, as a share of all: as many rounds as 1,000 VMs at 100 take. */
const BATCH_SHARE = 0.1;

/** Looks after which a task gives up: five minutes of them, as people write it. It also ends a playbook that has lost us. */
const LOOKS = 60;

export interface AnsibleFigures extends CourseFigures {
  readonly version: string;
  /** Of the controller, its forks and all modules. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

/** Why there are no figures, where there are none. */
export type AnsibleRun = AnsibleFigures | { readonly whyNot: string };

/** Does the same by the playbook in bench/ansible. Whatever keeps it from it is told, and no figure made up. */
export async function runAnsible(bench: FleetBench): Promise<AnsibleRun> {
  if (bench.ansibleVms === 0) return { whyNot: 'it was not asked for' };
  try {
    const home = await findAnsible();
    return await playOn(home, bench);
  } catch (error) {
    return { whyNot: error instanceof Error ? error.message : String(error) };
  }
}

async function playOn(home: AnsibleHome, { ansibleVms: vms, compress }: FleetBench): Promise<AnsibleFigures> {
  const concurrency = Math.max(1, Math.round(vms * BATCH_SHARE));
  const { cloud, target } = await startRegion(vms, compress);
  const directory = await mkdtemp(join(tmpdir(), 'reimage-ansible-'));
  log(`ansible-core ${home.version}: ${vms} VMs, ${concurrency} at a time`);
  const quiet = tellProgress('Ansible', cloud.journal, vms);
  try {
    const playing = await startPlaybook(home, directory, { target, batch: concurrency, compress });
    const { seconds, ...used } = await playing.ended();
    const course = measureCourse({ entries: cloud.journal.entries(), vms, concurrency, compress, seconds });
    return { ...course, version: home.version, ...used };
  } finally {
    quiet();
    await cloud.close();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Play {
  readonly target: Target;
  readonly batch: number;
  readonly compress: number;
}

async function startPlaybook({ python, ansiblePlaybook }: AnsibleHome, directory: string, play: Play) {
  const file = (name: string) => join(directory, name);
  await writeFile(file('hosts.json'), JSON.stringify(inventoryOf(play.target)), { mode: 0o600 });
  await writeFile(file('vars.json'), JSON.stringify(variablesOf(play)), { mode: 0o600 });
  const command = [ansiblePlaybook, '--forks', String(play.batch), '--inventory', file('hosts.json')];
  const playbook = ['--extra-vars', `@${file('vars.json')}`, join(PLAYBOOKS, 'reimage.yml')];
  const startedAt = performance.now();
  const args = [join(PLAYBOOKS, 'with_usage.py'), file('cpu'), ...command, ...playbook];
  const env = { ...process.env, ...environmentOf(directory) };
  const child = await startGuardedChild(python, args, { logFile: file('log'), env });
  const usage = watchTree(child.pid);
  return {
    ended: async () => {
      const code = await child.exited();
      const seconds = (performance.now() - startedAt) / 1000;
      const { peakRssMiB } = await usage();
      if (code !== 0) throw new Error(`the playbook ended with ${code}: ${await endOf(file('log'))}`);
      return { seconds, cpuSeconds: Number(await readFile(file('cpu'), 'utf8')), peakMiB: peakRssMiB };
    },
  };
}

function inventoryOf({ instanceIds }: Target): object {
  return { fleet: { hosts: Object.fromEntries(instanceIds.map((id) => [id, {}])) } };
}

function variablesOf({ target, batch, compress }: Play): object {
  const { endpoint, accessKey, secretKey, regionId, imageId } = target;
  return {
    account: { endpoint, region: regionId, access_key: accessKey, secret_key: secretKey },
    batch,
    image: imageId,
    looks: LOOKS,
    pause: DEFAULT_TIMING.pollIntervalMs / compress / 1000,
  };
}

/** Ansible keeps all that it writes in our folder. Pipelining spares it a file a task. */
function environmentOf(directory: string): NodeJS.ProcessEnv {
  return {
    ANSIBLE_CONFIG: join(PLAYBOOKS, 'ansible.cfg'),
    ANSIBLE_HOME: directory,
    ANSIBLE_LOCAL_TEMP: directory,
    ANSIBLE_REMOTE_TMP: directory,
    PYTHONPATH: PLAYBOOKS,
    PYTHONPYCACHEPREFIX: join(directory, 'pycache'),
  };
}

async function endOf(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trimEnd().split('\n').slice(-5).join(' ');
}
