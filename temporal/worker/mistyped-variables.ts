import { editDistance } from '../../contracts/input-problems.js';
import { isLeftAlone, OWN_VARIABLES } from './config.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What is read of JD Cloud's, by worker, `doctor`, `simulator` and `fleet rehearse`. */
const JDCLOUD_VARIABLES = [
  'JDCLOUD_ACCESS_KEY',
  'JDCLOUD_SECRET_KEY',
  'JDCLOUD_SESSION_TOKEN',
  'JDCLOUD_CREDENTIALS_COMMAND',
  'JDCLOUD_PROFILE',
  'JDCLOUD_PROFILE_DIR',
  'JDCLOUD_ENDPOINT',
  'JDCLOUD_REGION',
];

/** What Temporal's SDK reads, and its command line with it. @see https://docs.temporal.io/develop/environment-configuration */
const TEMPORAL_VARIABLES = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_API_KEY',
  'TEMPORAL_PROFILE',
  'TEMPORAL_CONFIG_FILE',
  'TEMPORAL_TLS',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_CERT_DATA',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_DATA',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_DATA',
  'TEMPORAL_TLS_SERVER_NAME',
  'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION',
  'TEMPORAL_CODEC_ENDPOINT',
  'TEMPORAL_CODEC_AUTH',
];

const KNOWN = [...OWN_VARIABLES, ...JDCLOUD_VARIABLES, ...TEMPORAL_VARIABLES];

/** Signs that a mistyped name has too many, too few or wrong. With more it is most likely a variable of somebody else's. */
const MOST_MISTYPED = 2;

/**
 * Variables that are set and nearly bear a name that is read, one text each: what they were to say would go unheard, and
 * another server, queue or account be taken. Where the right one is set too, the other is let be.
 */
export function mistypedVariables(env: Env): string[] {
  const isSet = (name: string) => env[name] !== undefined && env[name] !== '';
  return Object.keys(env).flatMap((name) => {
    if (!isSet(name) || KNOWN.includes(name) || isLeftAlone(name)) return [];
    const meant = nearest(name);
    return meant === null || isSet(meant) ? [] : [`${name}: unknown (did you mean ${meant}?)`];
  });
}

/** On Windows a name is one in any case. */
const IS_ONE_CASE = process.platform === 'win32';

function nearest(name: string): string | null {
  const upper = name.toUpperCase();
  if (KNOWN.includes(upper)) return IS_ONE_CASE ? null : upper;
  const near = KNOWN.filter((known) => Math.abs(known.length - name.length) <= MOST_MISTYPED)
    .map((known) => ({ known, distance: editDistance(upper, known) }))
    .filter(({ distance }) => distance <= MOST_MISTYPED)
    .toSorted((a, b) => a.distance - b.distance);
  return near[0]?.known ?? null;
}
