/** The sections of a page: heading of the second level to all of its text, the heading line included. */
export function sectionsOf(page: string): Map<string, string> {
  const texts = page.split(/^(?=## )/m).slice(1);
  return new Map(texts.map((text) => [/^## (.*)/.exec(text)?.[1] ?? '', text]));
}

/** A fenced block of code, with the language after its fence. */
export interface CodeBlock {
  readonly language: string;
  readonly code: string;
}

export function codeBlocksOf(page: string): CodeBlock[] {
  return [...page.matchAll(/^```(\w*)[^\n]*\n([^]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    language,
    code,
  }));
}

/** Rows of all tables of a text, as trimmed cells without the header's rule. */
export function tableRowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[ :|-]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** What stands between single back-ticks outside of blocks. */
export function inlineCodeOf(page: string): string[] {
  const prose = page.replaceAll(/^```[^]*?^```$/gm, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

/** A table, its cells trimmed. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The tables of a text, one by one. */
export function tablesOf(text: string): Table[] {
  return [...text.matchAll(/(?:^\|.*\|$\n?)+/gm)].map(([table]) => {
    const [header = [], ...rows] = tableRowsOf(table);
    return { header, rows };
  });
}
