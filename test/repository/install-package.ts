import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { buildInto } from '../../scripts/build-into.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { ROOT } from './tracked-files.js';

const run = promisify(execFile);

/** What npm says when a registry cannot be reached. */
const UNREACHABLE = /code (E403|EAI_AGAIN|ECONN\w+|ENETUNREACH|ENOTFOUND|ETIMEDOUT|ERR_SOCKET\w*)$/m;

/** A project of somebody who has installed the package. */
export interface Installation {
  readonly folder: string;
  /** null when the registry, from which the package's own dependencies come, cannot be reached: `why` says it. */
  readonly why: string | null;
}

/**
 * Packs what would be published, from the build that test/run.ts has made, and installs it as a person does who lets
 * npm refuse what is not for their Node.
 * @throws Error with what npm says
 */
export async function installPackage(scope: Scope): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'reimage-install-'));
  defer(scope, () => rm(folder, { recursive: true, force: true }));
  const tarball = await pack(scope, folder);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'portal', private: true, type: 'module' }));
  try {
    await run('npm', ['install', '--engine-strict', '--no-audit', '--no-fund', '--prefer-offline', tarball], {
      cwd: folder,
    });
    return { folder, why: null };
  } catch (error) {
    const { stderr } = z.object({ stderr: z.string() }).parse(error);
    const unreachable = UNREACHABLE.exec(stderr);
    if (unreachable === null) throw new Error(stderr, { cause: error });
    return { folder, why: `npm reaches no registry: ${unreachable[0]}` };
  }
}

/** The parts of a package are laid out beside those of the project: dist/ may be what a person works with. */
async function pack(scope: Scope, folder: string): Promise<string> {
  const stage = join(folder, 'stage');
  const own = ['package.json', 'README.md', 'README.zh-CN.md', 'CHANGELOG.md', 'LICENSE', 'docs'];
  for (const name of own) await cp(join(ROOT, name), join(stage, name), { recursive: true });
  await cp(await build(scope), join(stage, 'dist'), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(stage, 'node_modules'), 'dir');
  const flags = ['--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', ['pack', ...flags], { cwd: stage, maxBuffer: 64 * 1024 * 1024 });
  const [{ filename }] = z.tuple([z.looseObject({ filename: z.string() })]).parse(JSON.parse(stdout));
  return join(folder, filename);
}

async function build(scope: Scope): Promise<string> {
  const made = process.env['REIMAGE_TEST_BUILD'];
  if (made !== undefined) return made;
  const own = await buildInto(`.build-install-${process.pid}`);
  defer(scope, () => rm(own, { recursive: true, force: true }));
  return own;
}
