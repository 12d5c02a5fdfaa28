import { RebuildProgress } from '../../contracts/rebuild-progress.js';
import { PROGRESS_QUERY, PROTECTION_TAG } from '../../contracts/names.js';
import { administer } from './administer.js';
import { FULL_METADATA, type Rebuild, type Stage } from './stage.js';
import type { Deed, Meddling } from './walk.js';

/** Does what an event says, to a rebuild. @returns whether it was done: JD Cloud refuses colleagues too */
export async function perform(stage: Stage, rebuild: Rebuild, deed: Deed): Promise<boolean> {
  const { cloud, health, workers } = stage;
  const { instanceId } = rebuild;
  switch (deed.do) {
    case 'fault':
      cloud.addFault({ ...deed.rule, ...(!deed.shared && { instanceId }) });
      return true;
    case 'sicken':
      health.sicken(instanceId);
      return true;
    case 'heal':
      health.heal(instanceId);
      return true;
    case 'cancel':
      if (rebuild.handle === null) return false;
      return await isTaken(() => rebuild.handle?.cancel());
    case 'administer':
      return await administer(stage, rebuild, deed.how);
    case 'kill':
      return await workers.kill();
    case 'change-key':
      return await workers.changeKey();
    case 'meddle': {
      const backupImageId = deed.how === 'remove-backup' ? await backupOf(rebuild) : null;
      const isDone = await isTaken(() => meddle(stage, rebuild, deed.how, backupImageId));
      if (isDone) rebuild.meddled.push({ how: deed.how, at: Date.now() });
      return isDone;
    }
  }
}

/** @throws ApiError when JD Cloud would refuse */
function meddle(
  { cloud: { act }, foreignImageId }: Stage,
  { instanceId, targetImageId, formerImageId }: Rebuild,
  how: Meddling,
  backupImageId: string | null,
): void {
  const deeds: Readonly<Record<Meddling, () => void>> = {
    start: () => act.start(instanceId),
    stop: () => act.stop(instanceId),
    reboot: () => act.reboot(instanceId),
    rebuild: () => act.rebuild(instanceId, foreignImageId),
    remove: () => act.remove(instanceId),
    break: () => act.setStatus(instanceId, 'error'),
    release: () => act.release(instanceId),
    protect: () => act.setTags(instanceId, [{ key: PROTECTION_TAG, value: 'audit' }]),
    'fill-metadata': () => act.setMetadata(instanceId, FULL_METADATA),
    'remove-image': () => act.removeImage(targetImageId),
    'remove-former-image': () => act.removeImage(formerImageId),
    'remove-backup': () => {
      if (backupImageId === null) throw new Error('There is no backup yet.');
      act.removeImage(backupImageId);
    },
  };
  deeds[how]();
}

async function backupOf({ handle }: Rebuild): Promise<string | null> {
  if (handle === null) return null;
  try {
    return RebuildProgress.parse(await handle.query(PROGRESS_QUERY)).backupImageId ?? null;
  } catch {
    return null; // no worker is there to ask
  }
}

async function isTaken(act: () => unknown): Promise<boolean> {
  try {
    await act();
    return true;
  } catch {
    return false;
  }
}
