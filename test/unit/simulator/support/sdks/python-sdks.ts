import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { findPythonEnvironment } from '../../../../../scripts/python-environment.js';
import type { Simulator } from '../../../../../simulator/start-simulator.js';
import { type ObtainableSdk, SdkAnswer } from './official-sdk.js';

const SCRIPT = fileURLToPath(new URL('call_by_sdk.py', import.meta.url));
const REGION = 'cn-north-1';
const TOKEN = 'x-jdcloud-security-token';
/** Requests go to the simulator, whatever proxy the machine has. */
const WITHOUT_PROXY = { NO_PROXY: '*', no_proxy: '*' } as const;

const log = (line: string): void => console.error(`test: ${line}`);
const run = promisify(execFile);

/** What the SDK for Python makes of an answer; the command line prints it. What is absent is null. */
const PythonAnswer = z
  .object({
    request_id: z.string().nullable(),
    error: SdkAnswer.shape.error.unwrap().nullable(),
    result: SdkAnswer.shape.result.unwrap().nullable(),
  })
  .transform(({ request_id, error, result }): unknown => ({
    requestId: request_id,
    ...(result !== null && { result }),
    ...(error !== null && { error }),
  }));

function readAnswer(stdout: string): SdkAnswer {
  try {
    return SdkAnswer.parse(PythonAnswer.parse(JSON.parse(stdout)));
  } catch (error) {
    throw new Error(`no answer: ${stdout.trim()}`, { cause: error });
  }
}

/** `jdcloud-sdk` from PyPI. It signs by JDCLOUD3, and neither date nor nonce. */
export const PYTHON_SDK: ObtainableSdk = {
  name: 'the SDK for Python',
  obtain: async () => {
    const requirements = ['jdcloud-sdk==1.6.354'];
    const program = await findPythonEnvironment({ name: 'jdcloud-sdk', requirements, log });
    return async (simulator, { operation, options = {}, securityToken }) => {
      const { accessKey, secretKey } = simulator.credentials;
      const { host: endpoint } = new URL(simulator.endpoint);
      const headers = securityToken === undefined ? {} : { [TOKEN]: securityToken };
      const call = { endpoint, accessKey, secretKey, regionId: REGION, operation, options, headers };
      const env = { ...process.env, ...WITHOUT_PROXY };
      const { stdout } = await run(program('python'), [SCRIPT, JSON.stringify(call)], { env });
      return readAnswer(stdout);
    };
  },
  warnings: ['x-jdcloud-date is not signed', 'x-jdcloud-nonce is not signed'],
};

/** `jdc` of jdcloud-cli from PyPI, with a profile of its own. */
export const COMMAND_LINE: ObtainableSdk = {
  name: 'the command line jdc',
  obtain: async () => {
    const requirements = ['jdcloud-cli==1.2.12'];
    const program = await findPythonEnvironment({ name: 'jdcloud-cli', requirements, log });
    return async (simulator, { operation, options = {}, securityToken }) => {
      const home = await mkdtemp(join(tmpdir(), 'reimage-jdc-'));
      try {
        await writeProfile(home, simulator);
        const token = securityToken === undefined ? [] : ['--headers', JSON.stringify({ [TOKEN]: securityToken })];
        const args = ['vm', kebab(operation), ...argumentsOf(options), ...token];
        const env = { ...process.env, ...WITHOUT_PROXY, HOME: home };
        return readAnswer((await run(program('jdc'), args, { env })).stdout);
      } finally {
        await rm(home, { recursive: true, force: true });
      }
    };
  },
  warnings: PYTHON_SDK.warnings,
};

async function writeProfile(home: string, { credentials, endpoint }: Simulator): Promise<void> {
  const profile = {
    access_key: credentials.accessKey,
    secret_key: credentials.secretKey,
    region_id: REGION,
    endpoint: new URL(endpoint).host,
    scheme: 'http',
    timeout: 20,
  };
  const lines = Object.entries(profile).map(([name, value]) => `${name} = ${value}\n`);
  await mkdir(join(home, '.jdc'));
  await writeFile(join(home, '.jdc', 'config'), ['[default]\n', ...lines].join(''), { mode: 0o600 });
}

/** `--page-size 100 --filters [{...}]`. */
function argumentsOf(options: object): string[] {
  return Object.entries(options).flatMap(([name, value]: [string, unknown]) => [
    `--${kebab(name)}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
