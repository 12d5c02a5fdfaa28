import type { ImageState } from '../region-state.js';
import { derivedId } from '../region/resource-ids.js';
import { withoutEmpty } from './without-empty.js';

/** An Image as describeImage and describeImages show it: empty fields left out. */
export function imageView(image: ImageState): object {
  const { visible: _visible, protected: _protected, constraints: _constraints, encrypted, ...shown } = image;
  const { imageId, systemDiskSizeGB, rootDeviceType, snapshotId } = image;
  return withoutEmpty({
    ...shown,
    imported: false,
    uefiSupport: image.bootMode === 'uefi',
    systemDisk: {
      deviceName: 'vda',
      autoDelete: true,
      ...(rootDeviceType === 'cloudDisk'
        ? {
            diskCategory: 'cloud',
            cloudDisk: { diskType: 'ssd.gp1', diskSizeGB: systemDiskSizeGB, snapshotId, encrypted },
          }
        : { diskCategory: 'local', localDisk: { diskType: 'premium-hdd', diskSizeGB: systemDiskSizeGB } }),
    },
    dataDisks: image.dataDisks.map(({ deviceName, diskSizeGB }) => ({
      deviceName,
      autoDelete: true,
      diskCategory: 'cloud',
      cloudDisk: { diskType: 'ssd.gp1', diskSizeGB, snapshotId: derivedId('snapshot', `${imageId} ${deviceName}`) },
    })),
  });
}

/** Constraints of an image; the inner object is absent where there are none. */
export function constraintsView({ imageId, constraints }: ImageState): object {
  return withoutEmpty({ imageId, imageInstanceTypeConstraint: constraints });
}
