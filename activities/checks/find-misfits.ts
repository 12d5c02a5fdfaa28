import type { Misfit } from '../../contracts/rebuild-plan.js';
import { checkBackup } from './check-backup.js';
import { checkFormerImage } from './check-former-image.js';
import { checkFreeze } from './check-freeze.js';
import { checkHealthChecks } from './check-health-checks.js';
import { checkImage } from './check-image.js';
import { checkInstance } from './check-instance.js';
import { checkLogin } from './check-login.js';
import { checkMachine } from './check-machine.js';
import { checkEarlierOperations, checkOperation } from './check-operation.js';
import { checkProtection } from './check-protection.js';
import { checkWayBack } from './check-way-back.js';
import { checkWindow } from './check-window.js';
import { checkUserdata } from './check-userdata.js';
import type { Facts } from './facts.js';

/** All reasons why the rebuild must not be, at once. Pure. */
export function findMisfits(facts: Facts): Misfit[] {
  const ofVm = [
    checkFreeze,
    checkWindow,
    checkInstance,
    checkFormerImage,
    checkOperation,
    checkEarlierOperations,
    checkProtection,
    checkImage,
    checkMachine,
    checkLogin,
    checkUserdata,
  ];
  const ofWayBack = [checkBackup, checkWayBack, checkHealthChecks];
  return [...ofVm, ...ofWayBack].flatMap((check) => check(facts));
}
