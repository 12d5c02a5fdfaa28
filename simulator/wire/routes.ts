import type { OperationName } from '../model/fault-rule.js';
import {
  describeImage,
  describeImageConstraints,
  describeImageConstraintsBatch,
  describeImages,
  describeKeypairs,
  describeQuotas,
} from '../operations/image-reads.js';
import {
  describeBriefInstances,
  describeInstance,
  describeInstances,
  describeInstancesCustomData,
  describeInstanceStatus,
} from '../operations/instance-reads.js';
import {
  createImageOfInstance,
  deleteInstance,
  deletePrivateImage,
  rebootInstance,
  rebuildInstance,
  startInstance,
  stopInstance,
} from '../operations/instance-writes.js';
import type { Handler } from '../operations/parameters.js';

interface Route {
  readonly method: string;
  /** After `/v1/regions/{regionId}`. */
  readonly path: string;
  readonly handler: Handler;
}

const ROUTES: Readonly<Record<OperationName, Route>> = {
  describeInstance: { method: 'GET', path: '/instances/{instanceId}', handler: describeInstance },
  describeInstances: { method: 'GET', path: '/instances', handler: describeInstances },
  describeBriefInstances: {
    method: 'GET',
    path: '/instances:describeBriefInstances',
    handler: describeBriefInstances,
  },
  describeInstanceStatus: { method: 'GET', path: '/instanceStatus', handler: describeInstanceStatus },
  describeInstancesCustomData: { method: 'GET', path: '/instancesCustomData', handler: describeInstancesCustomData },
  startInstance: { method: 'POST', path: '/instances/{instanceId}:startInstance', handler: startInstance },
  stopInstance: { method: 'POST', path: '/instances/{instanceId}:stopInstance', handler: stopInstance },
  rebootInstance: { method: 'POST', path: '/instances/{instanceId}:rebootInstance', handler: rebootInstance },
  rebuildInstance: { method: 'POST', path: '/instances/{instanceId}:rebuildInstance', handler: rebuildInstance },
  deleteInstance: { method: 'DELETE', path: '/instances/{instanceId}', handler: deleteInstance },
  describeImage: { method: 'GET', path: '/images/{imageId}', handler: describeImage },
  describeImages: { method: 'GET', path: '/images', handler: describeImages },
  describeImageConstraints: {
    method: 'GET',
    path: '/images/{imageId}/constraints',
    handler: describeImageConstraints,
  },
  describeImageConstraintsBatch: { method: 'GET', path: '/imageConstraints', handler: describeImageConstraintsBatch },
  createImage: { method: 'POST', path: '/instances/{instanceId}:createImage', handler: createImageOfInstance },
  deleteImage: { method: 'DELETE', path: '/images/{imageId}', handler: deletePrivateImage },
  describeKeypairs: { method: 'GET', path: '/keypairs', handler: describeKeypairs },
  describeQuotas: { method: 'GET', path: '/quotas', handler: describeQuotas },
};

/** The operation that a request asks for. */
export interface RouteMatch {
  readonly operation: string;
  readonly regionId: string;
  readonly pathParams: Readonly<Record<string, string>>;
  readonly handler: Handler;
}

const COMPILED = Object.entries(ROUTES).map(([operation, { method, path, handler }]) => {
  const pattern = path.replace(/\{(\w+)\}/g, '(?<$1>[^/:]+)');
  return { operation, method, handler, pattern: new RegExp(`^/v1/regions/(?<regionId>[^/:]+)${pattern}$`) };
});

/** Finds the operation of a method and a decoded path; null when there is none. */
export function matchRoute(method: string, path: string): RouteMatch | null {
  for (const { operation, handler, pattern, ...route } of COMPILED) {
    const groups = route.method === method ? pattern.exec(path)?.groups : undefined;
    if (groups === undefined) continue;
    const { regionId = '', ...pathParams } = groups;
    return { operation, regionId, pathParams, handler };
  }
  return null;
}
