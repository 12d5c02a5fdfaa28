import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { defer, type Scope } from '../fixtures/defer.js';

/** As Debian, others and Google name it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/**
 * The path of a Chromium on PATH.
 * @throws Error that says what to install
 */
export async function findChromium(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter(Boolean);
  for (const path of folders.flatMap((folder) => NAMES.map((name) => join(folder, name)))) {
    if (await isExecutable(path)) return path;
  }
  throw new Error(`no browser: PATH has none of ${NAMES.join(', ')}. Debian: apt-get install chromium`);
}

/** A headless Chromium, closed with the scope. Without a sandbox, since root has none: it is for pages of our own. */
export async function openBrowser(scope: Scope, executablePath: string): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, chromiumSandbox: false });
  defer(scope, () => browser.close());
  return browser;
}

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
