import { randomBytes } from 'node:crypto';

/** What a process gets to have keys of these ids; the first encrypts. */
export type KeysOf = (...ids: readonly string[]) => Readonly<Record<string, string>>;

/** Makes keys as they are asked for, each id one for ever. */
export function codecKeys(): KeysOf {
  const made = new Map<string, string>();
  const secretOf = (id: string): string => {
    const known = made.get(id) ?? randomBytes(32).toString('hex');
    made.set(id, known);
    return known;
  };
  const variableOf = (id: string) => `REIMAGE_SECRET_${id.toUpperCase().replaceAll(/\W/g, '_')}`;
  return (...ids) => ({
    REIMAGE_CODEC_KEYS: ids.map((id) => `${id}=env:${variableOf(id)}`).join(','),
    ...Object.fromEntries(ids.map((id) => [variableOf(id), secretOf(id)])),
  });
}
