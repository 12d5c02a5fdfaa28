import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { renderReportMarkdown } from '../../../client/cli/commands/fleet/report.js';
import { fleetSummaryOf } from '../../../contracts/fleet/fleet-start.js';
import { RebuildProgress } from '../../../contracts/rebuild-progress.js';
import { RebuildRequest, summaryOf } from '../../../contracts/rebuild-request.js';
import { markdownCode, markdownText } from '../../../contracts/text.js';
import { visibleLine } from '../../../contracts/utf8-text.js';
import { fleetMarkdown } from '../../../workflows/fleet/status.js';
import { toMarkdown } from '../../../workflows/rebuild/describe-phase.js';
import { fleetInputFor } from '../../fixtures/fleet-input.js';
import { holds } from '../../fuzz/holds.js';
import { hostileText } from '../../fuzz/hostile.js';
import { endedFleet, member, summary } from '../client/cli/fleet-fakes.js';

const MARKS = [
  '\n',
  '\n\n',
  '\r',
  '\u2028',
  '\u0085',
  '\u0000',
  '`',
  '``',
  '```',
  '*',
  '_',
  '~~',
  '[x](http://e)',
  '![',
  ']',
];
const BLOCKS = [
  '# ',
  '- ',
  '+ ',
  '1. ',
  '2) ',
  '> ',
  '    ',
  '---',
  '===',
  '|',
  '<b>',
  '</td>',
  '<!--',
  '&lt;',
  '\\',
  'x',
  ' ',
];

/** Texts of which each is made to break out of where it stands. */
const nasty = fc.oneof(
  fc.array(fc.constantFrom(...MARKS, ...BLOCKS), { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
  hostileText,
);

/** How a line of Markdown begins, and what in it is code, a mark or text: by CommonMark, as far as our pages go. */
function structureOf(markdown: string): string[] {
  return markdown.split(/[\n\r\u2028\u2029]/).map((line) => {
    const [start = ''] = /^(?: {4}|\t|#+ |> ?|[-+*] |\d{1,9}[.)] |\||[-=_*]{3,}$|<|`{3}|~{3})?/.exec(line) ?? [];
    return [start, ...inlineOf(line.slice(start.length))].join(' ');
  });
}

function inlineOf(line: string): string[] {
  const found: string[] = [];
  // A list, or the like, within a list begins here.
  if (/^(?:[-+] |\d{1,9}[.)] |[-=]+$)/.test(line)) found.push('block');
  for (let rest = line; rest !== '';) {
    const ticks = /^`+/.exec(rest)?.[0] ?? '';
    const code = ticks === '' ? null : new RegExp(`^${ticks}(?!\`)[^]*?[^\`]${ticks}(?!\`)`).exec(rest);
    const [token, length] =
      code === null
        ? /^\\[!-/:-@[-`{-~]/.test(rest)
          ? ['text', 2]
          : [/^[*_[\]<>|~&`]/.test(rest) ? (rest[0] ?? '') : 'text', 1]
        : ['code', code[0].length];
    if (token !== 'text' || found.at(-1) !== 'text') found.push(token);
    rest = rest.slice(length);
  }
  return found;
}

/** Everything of ours that is Markdown, with the same text wherever others' can stand. */
function pagesWith(text: string): Record<string, string> {
  const names = { requestedBy: text, reason: text };
  const request = RebuildRequest.parse({ regionId: 'r', instanceId: 'i-1', imageInherit: 'yes' });
  const input = fleetInputFor([{ instanceId: 'i-1', az: null, group: null, imageBefore: null, image: 'img-1' }]);
  const where = { phase: 'failed', since: '2026-11-24T06:00:00.000Z', timeline: [], attempts: 1 } as const;
  const seen = { observedStatus: text, lastError: text, next: 'nothing', cancelRequestedAt: null };
  const auditEntries = [{ at: '2026-11-24T06:00:00.000Z', action: 'approve', by: text, reason: text }];
  const reported = {
    ...member('i-1', { az: text, reason: text }),
    name: text,
    durationSeconds: 1,
    runId: null,
    imageAfter: text,
    deviations: [text, text],
  };
  const fleet = { ...endedFleet('FleetAborted'), ...names, planDigest: text };
  const stands = summary({ reason: text, nextEvent: { description: text, at: where.since } });
  return {
    rebuild: toMarkdown(RebuildProgress.parse({ ...where, ...seen }), 'i-1'),
    fleet: fleetMarkdown({ ...stands, wave: { ...stands.wave, name: text } }),
    'summary of a rebuild': summaryOf({ ...request, requestedBy: text }),
    'summary of a fleet': fleetSummaryOf({ ...input, requestedBy: text }),
    report: renderReportMarkdown({ fleet, auditEntries, members: [reported], deviations: [text] }).join('\n'),
  };
}

describe('texts of others in Markdown', () => {
  it('change nothing of how a page is made up', async () => {
    const expected = Object.entries(pagesWith('x')).map(([name, page]) => [name, structureOf(page)]);
    const isSame = fc.asyncProperty(nasty, async (text) => {
      // What is nothing but blanks leaves nothing to be seen of it.
      fc.pre(visibleLine(text) !== '');
      const pages = Object.entries(pagesWith(text)).map(([name, page]) => [name, structureOf(page)]);
      assert.deepEqual(pages, expected);
    });
    await holds(isSame, 500);
  });

  it('are code that keeps its ends, also where they are cut or empty', () => {
    assert.equal(markdownCode('a `b`\n\n# c'), "`a 'b' # c`");
    assert.equal(markdownCode('x'.repeat(20), 5), '`xxxx…`');
    assert.equal(markdownCode('\n'), '` `');
    const long = summaryOf(
      RebuildRequest.parse({ regionId: 'r', instanceId: 'i-1', imageInherit: 'yes', requestedBy: '王`'.repeat(64) }),
    );
    assert.equal(long.length, 120);
    assert.match(long, /^rebuild i-1 onto its image, for `[^`]+…`$/);
  });

  it('begin no list and no heading where they begin a line', () => {
    for (const [text, shown] of [
      ['- x', '\\- x'],
      ['12. x', '12\\. x'],
      ['=', '\\='],
      ['# x', '\\# x'],
      ['2026-11-24', '2026-11-24'],
    ] as const)
      assert.equal(markdownText(text), shown);
  });
});
