import { createRequire } from 'node:module';
import { ok, warn, type Check } from './check.js';

/** The oldest Node that the package runs on, as its `engines` say. */
const OLDEST_NODE = [20, 20, 2] as const;

/** Versions of what runs here, for a report; warns of a Node that is too old. */
export function checkVersions(versions: {
  readonly reimage: string;
  readonly node: string;
  readonly sdk: string;
}): Check {
  const { reimage, node, sdk } = versions;
  const message = `reimage ${reimage}, Node ${node}, Temporal SDK ${sdk}, ${process.platform} ${process.arch}`;
  const isOld = compare(node.split('.').map(Number), OLDEST_NODE) < 0;
  return isOld ? warn('versions', message, `Use Node ${OLDEST_NODE.join('.')} or newer.`) : ok('versions', message);
}

/** The version of the Temporal SDK that is installed. */
export function sdkVersion(): string {
  const content: unknown = createRequire(import.meta.url)('@temporalio/client/package.json');
  return typeof content === 'object' && content !== null && 'version' in content ? String(content.version) : 'unknown';
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, part] of b.entries()) {
    const difference = (a[index] ?? 0) - part;
    if (difference !== 0) return difference;
  }
  return 0;
}
