/** What is on a terminal of so many columns that wraps its lines anew when its width changes, as most do today. Without height. */
export class Screen {
  #width: number;
  /** As they were written, without the breaks that the terminal itself makes. */
  readonly #lines: string[] = [''];
  #at = { line: 0, column: 0 };

  constructor(width: number) {
    this.#width = width;
  }

  /** Lines with something on them, as a person sees them. */
  get seen(): string[] {
    return this.#lines.flatMap((line) => chunksOf(line, this.#width)).filter((row) => row.trim() !== '');
  }

  resize(width: number): void {
    this.#width = width;
  }

  write(text: string): void {
    // Codes that move or erase, codes that only colour or name the window, and what is shown.
    // oxlint-disable-next-line no-control-regex
    for (const [token] of text.matchAll(/\x1B\[[?\d;]*[A-Za-z]|\x1B\][^\x07]*\x07|[^]/g)) this.#take(token);
  }

  #take(token: string): void {
    if (token === '\r') this.#at.column = this.#rowStart();
    else if (token === '\n') this.#move(1);
    else if (token.startsWith('\x1B]')) return;
    else if (token.startsWith('\x1B[')) this.#control(token);
    else this.#put(token);
  }

  #control(token: string): void {
    const count = Number(/\d+/.exec(token)?.[0] ?? 1);
    const kind = token.at(-1);
    if (kind === 'A') this.#move(-count);
    else if (kind === 'B') this.#move(count);
    else if (kind === 'G') this.#at.column = this.#rowStart() + count - 1;
    else if (kind === 'J') this.#eraseDown();
    else if (kind === 'K') this.#eraseRow(token === '\x1B[2K');
    else if (kind !== 'm' && kind !== 'h' && kind !== 'l') throw new Error(`unknown code ${JSON.stringify(token)}`);
  }

  #put(sign: string): void {
    const { line, column } = this.#at;
    const text = (this.#lines[line] ?? '').padEnd(column);
    this.#lines[line] = text.slice(0, column) + sign + text.slice(column + 1);
    this.#at.column += 1;
  }

  /** By rows as they are on the screen; below the last one there is always one more, above the first none. */
  #move(rows: number): void {
    const places = this.#lines.flatMap((text, line) =>
      chunksOf(text, this.#width).map((_, chunk) => ({ line, start: chunk * this.#width })),
    );
    const offset = this.#at.column - this.#rowStart();
    const now = places.findLastIndex(({ line, start }) => line === this.#at.line && start <= this.#at.column);
    const next = Math.max(0, now + rows);
    while (places.length <= next) places.push({ line: this.#lines.push('') - 1, start: 0 });
    const { line, start } = places[next] ?? { line: 0, start: 0 };
    this.#at = { line, column: start + offset };
  }

  #rowStart(): number {
    return Math.floor(this.#at.column / this.#width) * this.#width;
  }

  #eraseDown(): void {
    const { line, column } = this.#at;
    this.#lines.splice(line + 1);
    this.#lines[line] = (this.#lines[line] ?? '').slice(0, column);
  }

  #eraseRow(whole: boolean): void {
    const { line, column } = this.#at;
    const text = this.#lines[line] ?? '';
    const start = this.#rowStart();
    const from = whole ? start : column;
    const to = start + this.#width;
    this.#lines[line] = text.slice(0, from).padEnd(Math.min(to, text.length)) + text.slice(to);
  }
}

function chunksOf(line: string, width: number): string[] {
  return line.match(new RegExp(`[^]{1,${width}}`, 'g')) ?? [''];
}
