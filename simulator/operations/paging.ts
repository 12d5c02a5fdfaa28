import { outOfRange } from '../model/api-error.js';
import type { QueryReader } from './parameters.js';

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
