import { type Check, targetImageId } from './facts.js';

const STABLE = ['running', 'stopped'];
/** What a run leaves that is ended in mid-work. */
const LEFT = [...STABLE, 'stopping', 'starting'];

/** Status, charge and system disk of the VM. JD Cloud would stop a VM in arrears, and not start it again. */
export const checkInstance: Check = (facts) =>
  [checkStatus, checkCharge, checkSystemDisk, checkOwnImage].flatMap((check) => check(facts));

const checkStatus: Check = ({ instance: { status }, powerBefore }) => {
  if ((powerBefore === undefined ? STABLE : LEFT).includes(status ?? '')) return [];
  const message = `The VM is ${status ?? 'in an unknown status'}; a rebuild begins with one that is running or stopped.`;
  return [{ code: 'instance-status', field: null, message }];
};

const checkCharge: Check = ({ instance: { charge } }) => {
  if (!charge?.chargeStatus || charge.chargeStatus === 'normal') return [];
  const message = `The VM's charge status is ${charge.chargeStatus}: JD Cloud would not start it again. Settle it first.`;
  return [{ code: 'instance-charge', field: null, message }];
};

const checkSystemDisk: Check = ({ instance: { systemDisk } }) => {
  if (systemDisk && (!systemDisk.status || systemDisk.status === 'attached')) return [];
  const message = `The VM's system disk is ${systemDisk?.status ?? 'missing'}; a rebuild needs it attached.`;
  return [{ code: 'system-disk', field: null, message }];
};

const checkOwnImage: Check = (facts) => {
  if (targetImageId(facts) !== null) return [];
  const message = 'The VM reports no image of its own: name the image to put on.';
  return [{ code: 'image-not-found', field: 'imageId', message }];
};
