/** An instant from JD Cloud, in milliseconds since 1970. Times without a zone are Beijing time. NaN for what is no time. */
export function cloudTimeMs(text: string): number {
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(text);
  return Date.parse(hasZone ? text : `${text.replace(' ', 'T')}+08:00`);
}
