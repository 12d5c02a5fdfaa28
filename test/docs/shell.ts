/** Lines of shell code: continued ones joined, comments and prompts left out. */
export function shellLines(text: string): string[] {
  return text
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) =>
      line
        .replace(/(^|\s)#.*$/, '')
        .replace(/^\s*\$ /, '')
        .trim(),
    )
    .filter(Boolean);
}

/** The arguments of a line that runs the CLI; null for any other line. */
export function argvOf(line: string): string[] | null {
  const match = /^(?:\w+=\S+ )*(?:npx reimage|reimage|node dist\/client\/cli\/main\.js) (\w.*)$/.exec(line);
  return match?.[1] === undefined ? null : wordsOf(match[1]);
}

/** The words of a command line, as a shell reads them: quotes keep words together and are no part of them. */
function wordsOf(line: string): string[] {
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''),
  );
}

/** A command of a page, and the lines that the page shows it to print. */
export interface ShownCommand {
  readonly argv: readonly string[];
  readonly prints: readonly string[];
}

/** The commands behind a prompt at the beginning of a line, each with what stands below it. */
export function shownCommandsOf(text: string): ShownCommand[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...prints] = part.trimEnd().split('\n');
      return { argv: argvOf(command) ?? [], prints };
    });
}

/** A line without what differs from run to run. */
export function alike(line: string): string {
  return line
    .replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+(Z| [+-]\d\d:\d\d)/g, 'INSTANT')
    .replaceAll(/\b\d+[hms]( \d+[hms])*\b/g, 'DURATION')
    .replaceAll(/\bi-[\w-]+/g, 'VM')
    .replaceAll(/\bimg-\w+/g, 'IMAGE')
    .replace(/, run [\w-]+$/, ', run RUN')
    .replace(/GET \S+: answered \d+ in \d+ ms\.?/, 'BAD ANSWER')
    .replaceAll(/(?<=\S) +/g, ' ')
    .trimEnd();
}
