import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const Report = z.looseObject({
  number_of_files: z.int(),
  diagnostics: z.array(z.looseObject({ code: z.string(), filename: z.string(), severity: z.string() })),
});

/**
 * Lints a project of these files (path to content) under our own .oxlintrc.json.
 * @returns `RULE PATH` of each error, sorted
 */
export function lint(t: TestContext, files: Readonly<Record<string, string>>): string[] {
  const project = mkdtempSync(join(tmpdir(), 'reimage-lint-'));
  t.after(() => rmSync(project, { recursive: true, force: true }));
  for (const name of ['.oxlintrc.json', 'tsconfig.json']) copyFileSync(join(ROOT, name), join(project, name));
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'), 'junction');
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), content);
  }
  const oxlint = join(ROOT, 'node_modules', '.bin', 'oxlint');
  const { stdout, stderr } = spawnSync(oxlint, ['--type-aware', '--format=json', ...Object.keys(files)], {
    cwd: project,
    encoding: 'utf8',
  });
  if (!stdout.startsWith('{')) throw new Error(`oxlint did not lint: ${stdout}${stderr}`);
  const report = Report.parse(JSON.parse(stdout));
  if (report.number_of_files !== Object.keys(files).length) {
    throw new Error(`oxlint read ${report.number_of_files} of ${Object.keys(files).length} files`);
  }
  return report.diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ code, filename }) => `${code.replace(/^.*\(|\)$/g, '')} ${filename}`)
    .toSorted();
}
