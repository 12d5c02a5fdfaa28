import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT, trackedFiles } from '../repository/tracked-files.js';
import { inlineCodeOf, sectionsOf } from './markdown.js';

const files = trackedFiles();
const pages = files.filter(({ path }) => path.endsWith('.md'));
const MAP = 'docs/README.md';

/** The anchors that GitHub makes of the headings of a page; a heading that comes again gets a number. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of page.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)) {
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let again = 1; anchors.has(unique); again++) unique = `${anchor}-${again}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Why a reader who follows the target finds nothing; null when it is there. */
function brokenBecause(target: string): string | null {
  const [path = '', anchor] = target.split('#');
  const file = join(ROOT, path);
  if (!existsSync(file)) return 'no such file';
  if (anchor === undefined || !path.endsWith('.md')) return null;
  return anchorsOf(readFileSync(file, 'utf8')).has(anchor) ? null : 'no such heading';
}

function brokenAmong(links: readonly { readonly from: string; readonly target: string }[]): string[] {
  return links.flatMap(({ from, target }) => {
    const why = brokenBecause(target);
    return why === null ? [] : [`${from}: ${target}: ${why}`];
  });
}

/** Links of a page to other files and to its own headings, as paths from the root. */
function linksOf(path: string, text: string): { from: string; target: string }[] {
  const targets = [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.map((target) => ({
    from: path,
    target: target.startsWith('#') ? `${path}${target}` : posix.join(posix.dirname(path), target),
  }));
}

describe('a link in a page', () => {
  it('leads to a file, and to a heading where it names one', () => {
    const links = pages.flatMap(({ path, text }) => linksOf(path, text));
    assert.ok(links.length > 200);
    assert.deepEqual(brokenAmong(links), []);
  });
});

/** Files that a page tells its reader to write. */
const TO_BE_WRITTEN = ['secrets/vault-secret.ts'];

describe('a source file that a page names', () => {
  it('exists', () => {
    const known = new Set(files.map(({ path }) => path));
    const folders = new Set(files.flatMap(({ path }) => path.split('/').slice(0, -1).slice(0, 1)));
    const named = pages.flatMap(({ path, text }) =>
      inlineCodeOf(text)
        .filter(
          (code) =>
            folders.has(code.split('/')[0] ?? '') && /^[\w.-]+(?:\/[\w.-]+)+\.(?:ts|mjs|c|yml|json)$/.test(code),
        )
        .map((target) => ({ from: path, target })),
    );
    assert.ok(named.length > 30);
    assert.deepEqual(
      named.filter(({ target }) => !known.has(target) && !TO_BE_WRITTEN.includes(target)),
      [],
    );
  });
});

describe('a page that a message, a help text or a comment names', () => {
  it('exists, with the heading that is named', () => {
    const named = files
      .filter(({ path }) => !path.endsWith('.md') && !path.startsWith('test/histories/'))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/\bdocs\/[\w./-]+\.(?:md|json)\b(?:#[\w-]+)?/g)].map(([target]) => ({ from: path, target })),
      );
    assert.ok(named.some(({ from }) => from.startsWith('client/cli/commands/')));
    assert.deepEqual(brokenAmong(named), []);
  });

  it('is a page of a user who has only the package: the package holds docs/', () => {
    const { files: packed } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
    assert.ok(packed.includes('docs'));
  });
});

describe('docs/README.md', () => {
  const map = pages.find(({ path }) => path === MAP)?.text ?? '';
  const kinds = ['Tutorial', 'How-to', 'Reference', 'Explanation', 'Decisions'];
  const listed = (text: string) => linksOf(MAP, text).map(({ target }) => target.split('#')[0] ?? '');

  it('sorts the pages into tutorial, how-to, reference, explanation and decisions', () => {
    assert.deepEqual([...sectionsOf(map).keys()], kinds);
  });

  it('lists each page once', () => {
    const all = pages.map(({ path }) => path).filter((path) => path.startsWith('docs/') && path !== MAP);
    const tables = [...sectionsOf(map).values()].join('');
    assert.deepEqual(listed(tables).toSorted(), all.toSorted());
  });
});
