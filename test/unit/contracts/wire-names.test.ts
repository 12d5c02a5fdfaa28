import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { backupDescription, backupName, backupsWorkflowId } from '../../../contracts/backup.js';
import * as fleetIds from '../../../contracts/fleet/fleet-ids.js';
import { FREEZE_WORKFLOW_ID } from '../../../contracts/freeze.js';
import { planWorkflowId, rebuildWorkflowId } from '../../../contracts/ids.js';
import * as names from '../../../contracts/names.js';
import { PLAN_WARNINGS } from '../../../contracts/rebuild-plan.js';
import { registeredActivities, registeredWorkflows } from '../../fixtures/registered.js';
import { WIRE_FIELDS, wireFields } from '../../fixtures/wire-fields.js';

const VM = { regionId: 'REGION', instanceId: 'VM' };
const FLEET = { regionId: 'REGION', name: 'NAME', fleetId: 'FLEET', scheduleId: 'SCHEDULE' };

/*
 * Names that stand in histories, in schedules, on VMs and in scripts of users. They are spelled out here, so that none is
 * changed by the way; whoever changes one means it, and records the histories anew.
 */
describe('a name on the wire stays as it is', () => {
  it('of a workflow', async () => {
    assert.deepEqual(await registeredWorkflows(), [
      'claim',
      'freeze',
      'listBackups',
      'planFleet',
      'planRebuild',
      'pruneBackups',
      'rebuildInstance',
      'reimageFleet',
      'reportWorker',
      'scheduledFleet',
    ]);
  });

  it('of an activity', () => {
    assert.deepEqual(registeredActivities(), [
      'checkFleetHealth',
      'checkHealth',
      'computeDigest',
      'createBackup',
      'findBackup',
      'findRebuild',
      'judgeRerun',
      'listBackups',
      'makeClaim',
      'nextWindows',
      'observeFleet',
      'planFleetRows',
      'planRebuild',
      'probeHealth',
      'pruneBackups',
      'readFleetHolder',
      'readFleetImages',
      'readLastOperation',
      'readPlanningContext',
      'rebuildInstance',
      'reportWorker',
      'selectFleet',
      'startInstance',
      'stopInstance',
      'verifyRebuilt',
      'waitForRebuilds',
      'waitUntilAtRest',
      'waitUntilBackupReady',
      'waitUntilRebuilt',
      'waitUntilRunning',
      'waitUntilStopped',
      'waitUntilUnfrozen',
    ]);
  });

  it('of a field in a payload, or a word that stands there', async () => {
    const listed = (await readFile(WIRE_FIELDS, 'utf8')).trimEnd().split('\n');

    const fields = await wireFields();
    const changes = [
      ...fields.filter((field) => !listed.includes(field)).map((field) => `+ ${field}`),
      ...listed.filter((field) => !fields.includes(field)).map((field) => `- ${field}`),
    ];
    assert.deepEqual(changes, [], 'meant? node --import tsx scripts/write-wire-fields.ts');
  });

  it('of a value in a memo', () => {
    assert.deepEqual(Object.values(names.MEMO).toSorted(), [
      'fleetId',
      'frozenSince',
      'holder',
      'planDigest',
      'reason',
      'refused',
      'requestId',
      'requestedBy',
      'result',
      'retryOf',
      'rollbackOf',
      'scheduleId',
      'size',
      'skipped',
      'triggeredBy',
    ]);
  });

  it('of a warning', () => {
    assert.deepEqual(PLAN_WARNINGS.toSorted(), [
      'backup-quota-unknown',
      'backup-without-data-disks',
      'custom-data-unread',
      'foreign-image',
      'host-name-changed',
      'image-data-disks',
      'key-lost',
      'launch-script-runs',
      'local-data-disk',
      'no-operation-marker',
      'outcome-unverifiable',
      'platform-changed',
      'protection-overridden',
      'rollback-source',
      'userdata-interpreter',
    ]);
  });

  const IDS: readonly (readonly [what: string, made: string, expected: string])[] = [
    ['a rebuild', rebuildWorkflowId(VM), 'rebuild:REGION:VM'],
    ['a dry run', planWorkflowId(VM, 'UNIQUE'), 'plan-rebuild:REGION:VM:UNIQUE'],
    ['a list of backups', backupsWorkflowId('list', VM, 'UNIQUE'), 'list-backups:REGION:UNIQUE'],
    ['a clean-up of backups', backupsWorkflowId('prune', VM, 'UNIQUE'), 'prune-backups:REGION:UNIQUE'],
    ['a freeze', FREEZE_WORKFLOW_ID, 'reimage-freeze'],
    ['a fleet', fleetIds.fleetWorkflowId(FLEET), 'reimage:REGION:NAME'],
    ['the plan of a fleet', fleetIds.fleetPlanWorkflowId(FLEET, 'UNIQUE'), 'plan-reimage:REGION:NAME:UNIQUE'],
    ['a fleet by its plan', fleetIds.fleetIdOf('NAME', '0123456789'), 'NAME-01234567'],
    ['a firing', fleetIds.firingWorkflowId(FLEET), 'scheduled:REGION:SCHEDULE'],
    ['a schedule at Temporal', fleetIds.temporalScheduleId('SCHEDULE'), 'reimage:SCHEDULE'],
    ['the claim of a plan', fleetIds.planClaimId(FLEET), 'claim-plan:REGION:FLEET'],
    ['the claim of a retry', fleetIds.retryClaimId(FLEET), 'claim-retry:REGION:FLEET'],
    ['the claim of a firing', fleetIds.firingClaimId('RUN'), 'claim-firing:RUN'],
    ['an attempt of a fleet', fleetIds.fleetRequestId('FLEET', 2), 'fleet:FLEET:2'],
    ['a rollback', names.rollbackMarker('MARKER', 1), 'MARKER:rollback-1'],
    ['the record of keys', names.keyRecordWorkflowId('QUEUE'), 'codec-keys:QUEUE'],
    ['the workflow of that record', names.KEY_RECORD.workflow, 'codecKeys'],
    ['the task queue of that record', names.KEY_RECORD.taskQueue, 'reimage-codec-keys'],
    ['the signal of that record', names.KEY_RECORD.signal, 'keys'],
    ['the task queue', names.DEFAULT_TASK_QUEUE, 'reimage'],
    ['the marker on a VM', names.OPERATION_MARKER_KEY, 'reimage-operation'],
    ['the earlier markers on a VM', names.EARLIER_OPERATIONS_KEY, 'reimage-earlier'],
    ['the tag of a protected VM', names.PROTECTION_TAG, 'reimage-protected'],
    ['a backup', backupName(VM, { runId: '0123456789' }), 'reimage-VM-23456789'],
    ['a backup, described', backupDescription(VM, { runId: 'RUN' }), 'reimage-backup of VM in REGION, run RUN'],
  ];
  for (const [what, made, expected] of IDS) {
    it(`by which ${what} is known`, () => {
      assert.equal(made, expected);
    });
  }
});
