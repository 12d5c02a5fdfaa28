import { hostname } from 'node:os';

/** A word that is written somewhere. */
export interface Canary {
  readonly word: string;
  /** The row of docs/encryption.md that says that it stands in clear; null: it is encrypted. */
  readonly row: string | null;
}

const row = (name: string, word: string): Canary => ({ word, row: name });
const hidden = (word: string): Canary => ({ word, row: null });

/** What is written into the things of the walk, by where it goes. */
export const CANARY = {
  vmName: hidden('zq-vm-name'),
  hostName: hidden('zq-host-name'),
  imageName: hidden('zq-image-name'),
  tag: hidden('zq-tag-value'),
  reason: hidden('zq-reason-of-rebuild'),
  metadata: hidden('zq-metadata-value'),
  url: hidden('zq-health-url'),
  body: hidden('zq-body-text'),
  program: hidden('zq-health-program'),
  passwordRef: hidden('REIMAGE_SECRET_PW'),
  said: hidden('zq-said-by-jdcloud'),
  decidedBy: hidden('zq-decided-by'),
  decisionReason: hidden('zq-reason-of-decision'),
  override: hidden('zq-override-of-protection'),
  fleetReason: hidden('zq-reason-of-fleet'),
  approvedBy: hidden('zq-approved-by'),
  approvalReason: hidden('zq-reason-of-approval'),
  abortReason: hidden('zq-reason-of-abort'),
  frozenBy: hidden('zq-frozen-by'),
  freezeReason: hidden('zq-reason-of-freeze'),
  unfreezeReason: hidden('zq-reason-of-unfreeze'),
  scheduleReason: hidden('zq-reason-of-schedule'),
  requestedBy: row('who asks', 'zq-requested-by'),
  requestId: row('request ids', 'zq-request-id'),
  fleetName: row('fleet names and ids', 'zq-fleet'),
  scheduleId: row('schedule ids', 'zq-schedule'),
  triggeredBy: row('notes of schedules', 'zq-triggered-by'),
  triggerReason: row('notes of schedules', 'zq-reason-of-trigger'),
  zone: row('times of schedules', 'Asia/Shanghai'),
  region: row('regions', 'cn-zq-1'),
  image: row('image ids', 'img-zqnew'),
  keyId: row('key ids', 'zq-key-id'),
  taskQueue: row('task queues', 'zq-task-queue'),
  phase: row('phases and statuses', 'awaiting-approval'),
  workflow: row('names of workflows, activities and messages', 'rebuildInstance'),
  activity: row('names of workflows, activities and messages', 'waitUntilRebuilt'),
  failure: row('failure types', 'JdCloudRefused'),
  identity: row('identities of processes', `@${hostname()}`),
} as const satisfies Record<string, Canary>;

/** What never enters Temporal, encrypted or not. */
export const PASSWORD = 'Zz9-pw-canary!aB';
