import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import { type FlatIssue, flattenIssues, IN_OUR_WORDS } from '../../contracts/input-problems.js';
import { NotUtf8Error, utf8Text } from '../../contracts/utf8-text.js';
import { AskedFleet } from '../connection/asked.js';
import { type InputProblem, ReimageInvalidInputError } from '../connection/errors.js';
import { SPAN, withSpansInSeconds } from '../connection/parse-input.js';

/** Problems that a message tells. */
const MOST_PROBLEMS = 20;
const LONGEST_TEXT = 200;
/** More than ten thousand VM ids take. */
const MOST_CHARACTERS = 2_000_000;

/**
 * Reads a fleet from a YAML or JSON file. The message is one line that names line, column and field of everything that is
 * wrong, twenty at most, and repeats no value.
 * @param file - its bytes, which must be UTF-8, or its text
 * @param name - of the file, for messages
 * @throws ReimageInvalidInputError
 */
export function parseFleetFile(file: string | Uint8Array, name: string): FleetSpec {
  if (file.length > MOST_CHARACTERS) throw new ReimageInvalidInputError(`${name}: is too large for a fleet`, '');
  const text = legible(typeof file === 'string' ? new TextEncoder().encode(file) : file, name);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const broken = [...document.errors, ...document.warnings].map(({ pos, code, message }) => ({
    field: '',
    text: `${at(pos[0])} ${code === 'MULTIPLE_DOCS' ? SECOND_DOCUMENT : shown(message)}`,
  }));
  if (broken.length > 0) throw wrong(broken);
  const value = valueOf(document, name);
  if (value === null) throw wrong([{ field: '', text: `${name} is empty: it describes no fleet` }]);
  const parsed = AskedFleet.safeParse(withSpansInSeconds(value), IN_OUR_WORDS);
  if (parsed.success) return parsed.data;
  if (isPlan(value))
    throw wrong([{ field: '', text: `${name} is a plan that was saved, and not the file of a fleet` }]);
  const issues = flattenIssues(parsed.error.issues);
  throw wrong(
    issues.map((issue) => {
      const field = fieldOf(issue);
      return { field, text: `${at(offsetOf(document, issue))} ${field}: ${shown(issue.text)}` };
    }),
  );
}

const SECOND_DOCUMENT = 'begins a second YAML document: a file holds one fleet';

/** A text too: who has read the file may have done so in another encoding, and lost the letters that tell two VMs apart. */
function legible(bytes: Uint8Array, name: string): string {
  try {
    return utf8Text(bytes);
  } catch (error) {
    throw error instanceof NotUtf8Error ? wrong([{ field: '', text: `${name} ${error.message}` }]) : error;
  }
}

/** A plan that was saved tells itself by what no fleet has. */
function isPlan(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'digest' in value && 'rows' in value;
}

/** The plain value of a document. Aliases that would blow up a few lines into millions are refused. */
function valueOf(document: Document, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new ReimageInvalidInputError(`${name}: ${shown(error instanceof Error ? error.message : String(error))}`, '');
  }
}

/** Where in the text an issue is: at the value that is wrong, at the key that should not be there, or, for what is missing, at what it is missing from. */
function offsetOf(document: Document, { path, isUnknownKey }: FlatIssue): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const isLast = index === path.length - 1;
    if (isSeq(node)) {
      node = node.items[Number(part)];
    } else if (isMap(node)) {
      const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) : '') === String(part));
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      if (isLast && isUnknownKey) return offset;
      node = pair.value;
    }
    offset = startOf(node) ?? offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function fieldOf({ path }: FlatIssue): string {
  return shown(path.map(String).join('.')) || '(file)';
}

function wrong(problems: readonly InputProblem[]): ReimageInvalidInputError {
  const left = problems.length - MOST_PROBLEMS;
  const more = left > 0 ? [{ field: '', text: `and ${left} more` }] : [];
  return ReimageInvalidInputError.listing('Invalid fleet', [...problems.slice(0, MOST_PROBLEMS), ...more]);
}

/** Keys are theirs: whatever they hold becomes one short line. */
function shown(text: string): string {
  const line = text
    .slice(0, 2 * LONGEST_TEXT)
    .replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}...` : line;
}

/** The JSON Schema (draft 2020-12) of fleet files, for editors. Rules between fields are not in it: the CLI tells them. */
export function fleetSchema(): object {
  return z.toJSONSchema(FleetSpec, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ jsonSchema, path }) => {
      if (jsonSchema.type === undefined || !String(path.at(-1)).endsWith('Seconds')) return;
      // A file may say it as a flag does: `5m`.
      const { type, minimum, maximum, ...rest } = jsonSchema;
      const number = { type, minimum, maximum };
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      Object.assign(jsonSchema, rest, { anyOf: [number, { type: 'string', pattern: SPAN.source }] });
    },
  });
}
