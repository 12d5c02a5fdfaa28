// Plain JavaScript on what Node brings: this runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @param {string} path relative to the repository */
function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

/** Whether `version` is at least `minimum`; both as `20.20.2`. */
function isAtLeast(version, minimum) {
  const [have, need] = [version, minimum].map((text) => text.split('.').map(Number));
  const index = need.findIndex((part, at) => part !== have[at]);
  return index === -1 || have[index] > need[index];
}

/** Why the dependencies must be installed, or null when they are what package-lock.json says. */
function reasonToInstall() {
  const { '': _root, ...locked } = readJson('package-lock.json').packages;
  let installed;
  try {
    installed = readJson('node_modules/.package-lock.json').packages;
  } catch {
    return 'they are not installed yet';
  }
  const isStale = ([path, entry]) =>
    installed[path] ? installed[path].integrity !== entry.integrity : entry.optional !== true;
  const stale = Object.entries(locked).find(isStale);
  return stale ? `${stale[0]} is not what package-lock.json says` : null;
}

function main() {
  const minimum = readJson('package.json').engines.node.replace('>=', '');
  if (!isAtLeast(process.versions.node, minimum)) {
    console.error(`Reimage needs Node ${minimum} or newer; this is ${process.versions.node} (${process.execPath}).`);
    return 1;
  }
  const reason = reasonToInstall();
  if (reason === null) return 0;

  console.error(`Installing dependencies: ${reason}. About a minute.`);
  const startedAt = Date.now();
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, error } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    // npm's own report goes to stderr, so that a command's stdout stays its own.
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.error(`npm ci failed${error ? `: ${error.message}` : ''}.`);
    return status ?? 1;
  }
  console.error(`Dependencies installed in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
  return 0;
}

process.exitCode = main();
