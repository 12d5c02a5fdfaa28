import * as z from 'zod';
import { createImage, deleteImage } from '../region/image-actions.js';
import type { LiveVm } from '../region/live-region.js';
import { type Actor, reboot, remove, start, stop } from '../region/power-actions.js';
import {
  checkRebuildImage,
  checkRebuildParameters,
  checkRebuildStatus,
  orderOf,
  RebuildBody,
} from '../region/rebuild-checks.js';
import { rebuild } from '../region/rebuild.js';
import { type ApiCall, type Handler, readBody } from './parameters.js';

const Nothing = z.looseObject({});
const StopBody = z.looseObject({ chargeOnStopped: z.string().nullish() });
const CreateImageBody = z.looseObject({
  name: z.string(),
  description: z.string().nullish(),
  dataDisks: z.array(z.looseObject({ deviceName: z.string().nullish(), noDevice: z.boolean().nullish() })).nullish(),
});

export const startInstance: Handler = (call) => {
  readBody(Nothing, call);
  start(call.region, vmOf(call), actor(call, 'startInstance'));
  return null;
};

export const stopInstance: Handler = (call) => {
  const { chargeOnStopped } = readBody(StopBody, call);
  stop(call.region, vmOf(call), chargeOnStopped ?? null, actor(call, 'stopInstance'));
  return null;
};

export const rebootInstance: Handler = (call) => {
  readBody(Nothing, call);
  reboot(call.region, vmOf(call), actor(call, 'rebootInstance'));
  return null;
};

export const deleteInstance: Handler = (call) => {
  remove(call.region, vmOf(call), actor(call, 'deleteInstance'));
  return null;
};

/** The order of the checks is assumed; see docs/simulator.md. */
export const rebuildInstance: Handler = (call) => {
  const { region } = call;
  const body = readBody(RebuildBody, call);
  const vm = vmOf(call);
  const imageId = body.imageId || vm.imageId;
  checkRebuildStatus(region, vm);
  checkRebuildParameters(region, region.images.get(imageId)?.osType ?? vm.osType, body);
  checkRebuildImage(region, vm, imageId);
  rebuild(region, vm, orderOf(body, imageId), actor(call, 'rebuildInstance'));
  return null;
};

export const createImageOfInstance: Handler = (call) => {
  const { name, description, dataDisks } = readBody(CreateImageBody, call);
  const deviceNames = (dataDisks ?? []).flatMap(({ deviceName }) => deviceName ?? []);
  const leftOut = (dataDisks ?? []).flatMap(({ deviceName, noDevice }) =>
    noDevice === true ? (deviceName ?? []) : [],
  );
  const order = { name, description: description ?? '', deviceNames, leftOut };
  const { imageId } = createImage(call.region, vmOf(call), order, actor(call, 'createImage'));
  return { imageId };
};

export const deletePrivateImage: Handler = ({ region, pathParams, query }) => {
  query.flag('deleteSnapshot');
  deleteImage(region, region.image(pathParams['imageId'] ?? ''), 'deleteImage');
  return null;
};

function vmOf({ region, pathParams }: ApiCall): LiveVm {
  return region.vm(pathParams['instanceId'] ?? '');
}

function actor({ outcome }: ApiCall, by: string): Actor {
  return { by, outcome };
}
