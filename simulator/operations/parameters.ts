import type * as z from 'zod';
import { invalidArgument, outOfRange } from '../model/api-error.js';
import type { Outcome } from '../model/fault-rule.js';
import type { Behind, LiveRegion } from '../region/live-region.js';

/** One decoded name and value of a query, in the order received. */
export type QueryPair = readonly [name: string, value: string];

/** A filter as sent: `filters.1.name`, `filters.1.operator`, `filters.1.values.1`. */
export interface QueryFilter {
  readonly name: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/**
 * Decodes a query, each name and value once; `+` is a space.
 * @throws URIError on a broken percent sign
 */
export function parseQuery(raw: string): QueryPair[] {
  const decode = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));
  return raw
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', ...value] = part.split('=');
      return [decode(name), decode(value.join('='))] as const;
    });
}

/** Reads parameters out of a query and remembers which nobody asked for. Wrong forms are 400 INVALID_ARGUMENT. */
export class QueryReader {
  readonly #values: Map<string, string>;
  readonly #unread: Set<string>;

  /** @throws ApiError when a name comes twice: no SDK sends that, and one signs it wrongly */
  constructor(pairs: readonly QueryPair[]) {
    this.#values = new Map(pairs);
    this.#unread = new Set(this.#values.keys());
    if (this.#values.size !== pairs.length) throw invalidArgument('Parameter repeated in query');
  }

  /** Names that no reader has asked for. */
  unread(): readonly string[] {
    return [...this.#unread];
  }

  text(name: string): string | null {
    this.#unread.delete(name);
    return this.#values.get(name) ?? null;
  }

  integer(name: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    if (!/^-?\d{1,9}$/.test(text)) throw invalidArgument(`Invalid parameter '${name}'`);
    return Number(text);
  }

  /** `true` or `false`; the SDK for Python writes a capital. */
  flag(name: string): boolean | null {
    const text = this.text(name)?.replace(/^[TF]/, (letter) => letter.toLowerCase());
    if (text === undefined) return null;
    if (text !== 'true' && text !== 'false') throw invalidArgument(`Invalid parameter '${name}'`);
    return text === 'true';
  }

  /** One of the words, or null when absent. */
  word(name: string, words: readonly string[]): string | null {
    const text = this.text(name);
    if (text !== null && !words.includes(text)) throw invalidArgument(`Invalid parameter '${name}'`);
    return text;
  }

  /** `name.1`, `name.2`, ... without gaps; at most 100. */
  list(name: string): readonly string[] {
    const found = [...this.#values.keys()].filter(
      (key) => /^\.\d+$/.test(key.slice(name.length)) && key.startsWith(name),
    );
    const values = found.map((_, index) => this.text(`${name}.${index + 1}`));
    const whole = values.filter((value) => value !== null);
    if (whole.length !== values.length) throw invalidArgument(`Invalid numbering of '${name}'`);
    if (whole.length > 100) throw invalidArgument(`Too many values of '${name}', at most 100`);
    return whole;
  }

  filters(): readonly QueryFilter[] {
    return this.#group('filters').map((prefix) => {
      const name = this.text(`${prefix}.name`);
      const values = this.list(`${prefix}.values`);
      if (name === null || values.length === 0) throw invalidArgument(`Invalid parameter '${prefix}'`);
      return { name, operator: this.text(`${prefix}.operator`) ?? 'eq', values };
    });
  }

  tags(): readonly { key: string; values: readonly string[] }[] {
    return this.#group('tags').map((prefix) => {
      const key = this.text(`${prefix}.key`);
      if (key === null) throw invalidArgument(`Invalid parameter '${prefix}'`);
      return { key, values: this.list(`${prefix}.values`) };
    });
  }

  /** Prefixes `name.1`, `name.2`, ... of a list of objects, without gaps. */
  #group(name: string): readonly string[] {
    const numbers = [...this.#values.keys()].flatMap((key) => {
      const [head, number, ...rest] = key.split('.');
      return head === name && number !== undefined && rest.length > 0 ? [number] : [];
    });
    const distinct = [...new Set(numbers)];
    const expected = distinct.map((_, index) => String(index + 1));
    if (!expected.every((number) => distinct.includes(number))) throw invalidArgument(`Invalid numbering of '${name}'`);
    return expected.map((number) => `${name}.${number}`);
  }
}

/** A verified call, as a handler sees it. */
export interface ApiCall {
  readonly region: LiveRegion;
  readonly pathParams: Readonly<Record<string, string>>;
  readonly query: QueryReader;
  /** The JSON object of the body; empty when none was sent. */
  readonly body: Readonly<Record<string, unknown>>;
  /** How far behind a replica is that answers this read; null for one that is up to date. */
  readonly behind: Behind | null;
  /** The bad end that a fault gives this call; asked once the call is accepted. */
  readonly outcome: () => Outcome | null;
  /** Enters a warning in the journal. */
  readonly warn: (text: string) => void;
}

/** Performs a call. Returns the `result` of the answer; null for actions, which have none. Throws ApiError. */
export type Handler = (call: ApiCall) => object | null;

/** The Go and Python SDKs repeat path parameters in the body. */
const REPEATED = ['regionId', 'instanceId'];

/**
 * Reads a body by its schema. Keys that nobody knows are let pass and entered in the journal as
 * warnings; wrong types are 400 INVALID_ARGUMENT.
 */
export function readBody<S extends z.ZodObject>(
  schema: S,
  { body, warn }: Pick<ApiCall, 'body' | 'warn'>,
): z.output<S> {
  for (const key of Object.keys(body)) {
    if (!Object.hasOwn(schema.shape, key) && !REPEATED.includes(key)) warn(`unknown body key ${key}`);
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalidArgument(`Invalid parameter '${parsed.error.issues[0]?.path.join('.') ?? ''}'`);
}

/** What part of a list is asked for. */
export interface Page {
  readonly pageNumber: number;
  readonly pageSize: number;
}

/** Range and default of `pageSize`. */
export interface PageRule {
  readonly min: number;
  readonly max: number;
  readonly standard: number;
}

/** Lists of VMs, statuses, images and key pairs. */
export const LIST_PAGES: PageRule = { min: 10, max: 100, standard: 20 };

/** describeInstancesCustomData. */
export const CUSTOM_DATA_PAGES: PageRule = { min: 1, max: 10, standard: 10 };

/** @throws ApiError 400 OUT_OF_RANGE */
export function readPage(query: QueryReader, { min, max, standard }: PageRule): Page {
  const pageNumber = query.integer('pageNumber') ?? 1;
  const pageSize = query.integer('pageSize') ?? standard;
  if (pageSize < min || pageSize > max) throw outOfRange('PageSize out of range');
  if (pageNumber < 1) throw outOfRange('PageNumber out of range');
  return { pageNumber, pageSize };
}

/** The page's items; past the end there are none. */
export function pageOf<T>(items: readonly T[], { pageNumber, pageSize }: Page): readonly T[] {
  return items.slice((pageNumber - 1) * pageSize, pageNumber * pageSize);
}

/** The object without fields that are null, empty texts or empty lists: JD Cloud leaves those out. */
export function withoutEmpty(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}
