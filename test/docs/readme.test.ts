import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { codeBlocksOf, inlineCodeOf } from './markdown.js';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const [english, chinese] = await Promise.all([read('README.md'), read('README.zh-CN.md')]);

const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;
const linksOf = (text: string) => [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);

describe('README.zh-CN.md', () => {
  it('has the sections of README.md, one for one, alike in code, lists and tables', () => {
    const shapesOf = (page: string) =>
      page.split(/^(?=## )/m).map((text) => ({
        blocks: codeBlocksOf(text),
        items: count(text, /^- /gm),
        rows: count(text, /^\|/gm),
        inline: inlineCodeOf(text).toSorted(),
      }));
    assert.deepEqual(shapesOf(chinese), shapesOf(english));
  });

  it('leads to the same pages, and each README to the other', () => {
    const [toChinese, ...others] = linksOf(english);
    const [toEnglish, ...same] = linksOf(chinese);
    assert.deepEqual([toChinese, toEnglish], ['README.zh-CN.md', 'README.md']);
    assert.deepEqual(same.toSorted(), others.toSorted());
  });

  it('is as long as README.md, so that nothing was left out', () => {
    const paragraphs = (page: string) => page.split(/\n\n+/).length;
    assert.equal(paragraphs(chinese), paragraphs(english));
  });
});
