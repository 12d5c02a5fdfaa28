import { existsSync, readFileSync } from 'node:fs';

/** The version in our package.json, from the source tree as from `dist`. */
export function packageVersion(): string {
  for (const up of ['../package.json', '../../package.json']) {
    const url = new URL(up, import.meta.url);
    if (!existsSync(url)) continue;
    const content: unknown = JSON.parse(readFileSync(url, 'utf8'));
    if (typeof content === 'object' && content !== null && 'version' in content) return String(content.version);
  }
  return 'unknown';
}
