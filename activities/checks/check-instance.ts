import { type Check, targetImageId } from './facts.js';

const STABLE = ['running', 'stopped'];

/** Status, charge and system disk of the VM. JD Cloud would stop a VM in arrears, and not start it again. */
export const checkInstance: Check = ({ instance, request }) => {
  const { status, charge, systemDisk } = instance;
  const misfits = [];
  if (!STABLE.includes(status ?? ''))
    misfits.push({
      code: 'instance-status' as const,
      field: null,
      message: `The VM is ${status ?? 'in an unknown status'}; a rebuild begins with one that is running or stopped.`,
    });
  if (charge?.chargeStatus && charge.chargeStatus !== 'normal')
    misfits.push({
      code: 'instance-charge' as const,
      field: null,
      message: `The VM's charge status is ${charge.chargeStatus}: JD Cloud would not start it again. Settle it first.`,
    });
  if (!systemDisk || (systemDisk.status && systemDisk.status !== 'attached'))
    misfits.push({
      code: 'system-disk' as const,
      field: null,
      message: `The VM's system disk is ${systemDisk?.status ?? 'missing'}; a rebuild needs it attached.`,
    });
  if (targetImageId({ request, instance }) === null)
    misfits.push({
      code: 'image-not-found' as const,
      field: 'imageId',
      message: 'The VM reports no image of its own: name the image to put on.',
    });
  return misfits;
};
