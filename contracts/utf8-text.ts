/** Where in a file something stands, both counted from 1. */
export interface PlaceInFile {
  readonly line: number;
  /** From the beginning of the file, whatever the lines. */
  readonly byte: number;
}

/**
 * Bytes that are no UTF-8 text. The message ends a sentence, such as `is not UTF-8 (line 3, byte 41): save it as UTF-8`, names
 * no file, and repeats nothing of what stands in it, which may be a secret.
 */
export class NotUtf8Error extends Error {
  override readonly name = 'NotUtf8Error';
  readonly place: PlaceInFile;

  constructor(what: string, place: PlaceInFile, mend: string) {
    super(`${what} (line ${place.line}, byte ${place.byte}): ${mend}`);
    this.place = place;
  }
}

const SAVE_AS_UTF8 = 'save it as UTF-8';

/** Byte order marks of other encodings. The longer one comes first: UTF-32 begins as UTF-16 does. */
const OTHER_MARKS = [
  { mark: [0xff, 0xfe, 0x00, 0x00], name: 'UTF-32' },
  { mark: [0x00, 0x00, 0xfe, 0xff], name: 'UTF-32' },
  { mark: [0xff, 0xfe], name: 'UTF-16' },
  { mark: [0xfe, 0xff], name: 'UTF-16' },
] as const;

const LINE_FEED = 0x0a;
/** What a decoder that is not strict puts in the place of what it cannot read, and its own UTF-8. */
const REPLACEMENT = '\uFFFD';
const REPLACEMENT_BYTES = [0xef, 0xbf, 0xbd];

/**
 * The text of a file that a person has written: UTF-8, without its byte order mark where it has one. Everything else is
 * refused, and not guessed at: a name that is read wrong is the name of another VM, or of none. So is a text that an
 * editor has already read wrong and saved.
 * @throws NotUtf8Error that tells line and byte
 */
export function utf8Text(bytes: Uint8Array): string {
  const marked = OTHER_MARKS.find(({ mark }) => hasAt(bytes, 0, mark));
  if (marked !== undefined) throw new NotUtf8Error(`is ${marked.name}, not UTF-8`, placeOf(bytes, 0), SAVE_AS_UTF8);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const wrong = text.search(/[\0\uFFFD]/);
  if (wrong < 0) return text.replace(/^\uFEFF/, '');
  const offset = new TextEncoder().encode(text.slice(0, wrong)).length;
  const place = placeOf(bytes, offset);
  if (text[wrong] !== REPLACEMENT) throw new NotUtf8Error(whatHoldsNul(bytes), place, SAVE_AS_UTF8);
  if (!hasAt(bytes, offset, REPLACEMENT_BYTES))
    throw new NotUtf8Error('is not UTF-8', place, `${SAVE_AS_UTF8}; ${GUESS}`);
  throw new NotUtf8Error('holds U+FFFD, the sign for what could not be read', place, LOST);
}

const GUESS = 'editors on Windows may save GBK, or another code page';
const LOST = 'some program has read the file in a wrong encoding and saved it so; write anew what is lost there';

/** UTF-16 without a mark has a NUL beside each Latin letter; one alone is no text in any encoding. */
function whatHoldsNul(bytes: Uint8Array): string {
  const nuls = bytes.reduce((count, byte) => (byte === 0 ? count + 1 : count), 0);
  return nuls * 4 > bytes.length ? 'looks like UTF-16, not UTF-8' : 'holds a NUL, and so is no text';
}

function hasAt(bytes: Uint8Array, offset: number, wanted: readonly number[]): boolean {
  return wanted.every((byte, index) => bytes[offset + index] === byte);
}

function placeOf(bytes: Uint8Array, offset: number): PlaceInFile {
  const feeds = bytes.subarray(0, offset).reduce((count, byte) => (byte === LINE_FEED ? count + 1 : count), 0);
  return { line: feeds + 1, byte: offset + 1 };
}

/** A file that could not be had. The message ends a sentence, such as `is a FIFO, not a file`, and never holds the path. */
export class FileError extends Error {
  override readonly name = 'FileError';
  /** What the system said, such as `ENOENT`; null where it was not asked, or did not answer. */
  readonly code: string | null;

  constructor(message: string, code: string | null = null) {
    super(message);
    this.code = code;
  }
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  ENOTDIR: 'is not there: a part of its path is no directory',
  EISDIR: 'is a directory, not a file',
  EACCES: 'is not for this user to open: see its permissions and those of its directory',
  EPERM: 'is not for this user to open: see its permissions and those of its directory',
  ELOOP: 'is a link that leads nowhere',
  ENAMETOOLONG: 'is no name that a file may have: it is too long',
  EEXIST: 'is there already, and is not written over',
  EROFS: 'cannot be written: the disk is for reading only',
  ENOSPC: 'cannot be written: the disk is full',
};

/**
 * What is wrong with a file that a person has named. It goes on after the file's name, such as `is not there`: the system's
 * own words are its codes and calls.
 * @param error - what reading or writing it has thrown
 */
export function fileProblem(error: unknown): string {
  if (error instanceof NotUtf8Error || error instanceof FileError) return error.message;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const said = error instanceof Error ? error.message : String(error);
  return FILE_PROBLEMS[code] ?? `cannot be used: ${code || said}`;
}

/**
 * Most bytes of JSON that one payload of ours may have. The server takes 2 MiB; encrypted, and with a codec that writes
 * base64, a payload is a third larger.
 */
export const MOST_PAYLOAD_BYTES = 1_500_000;

/** Bytes of a value as JSON, in UTF-8. */
export function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** Characters that end a line or move a cursor. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/**
 * Characters that are not seen: zero width, marks of direction, soft hyphens, fillers, tags, half surrogate pairs. The
 * selectors that make a sign an emoji, or none, stay.
 */
const UNSEEN = /(?![\ufe0e\ufe0f])[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb\p{Cs}]/gu;

/**
 * Text of others as one line in which everything can be seen. What is not seen is written out, as `\u202e`: removed, it
 * would make one name of two, and left, it would show another text than there is.
 */
export function visibleLine(text: string): string {
  return text.replaceAll(CONTROL, ' ').replaceAll(UNSEEN, written).replaceAll(/ {2,}/g, ' ').trim();
}

function written(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
