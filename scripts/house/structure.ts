import { posix } from 'node:path';
import type { SourceFile } from './read-house.js';

/** The folder of a file; `.` at the top. */
export const folderOf = (path: string): string => posix.dirname(path);

/** An import of a file from another folder. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** All imports that lead from one folder into another. */
export function arrowsOf(files: readonly SourceFile[]): Arrow[] {
  return files.flatMap(({ path, imports }) =>
    imports.filter((target) => folderOf(target) !== folderOf(path)).map((to) => ({ from: path, to })),
  );
}

/** Pairs of folders that import each other, each once, as `a <> b`. */
export function mutualPairs(files: readonly SourceFile[]): string[] {
  const ways = new Set(arrowsOf(files).map(({ from, to }) => `${folderOf(from)} > ${folderOf(to)}`));
  return [...ways].flatMap((way) => {
    const [from = '', to = ''] = way.split(' > ');
    return from < to && ways.has(`${to} > ${from}`) ? [`${from} <> ${to}`] : [];
  });
}

/** Groups of files that import each other in a circle. Tarjan's algorithm. */
export function circlesOf(files: readonly SourceFile[]): string[][] {
  const importsOf = new Map(files.map(({ path, imports }) => [path, imports]));
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (path: string): number => {
    const own = order.size;
    order.set(path, own);
    lowest.set(path, own);
    stack.push(path);
    for (const target of importsOf.get(path) ?? []) {
      const known = order.has(target) ? (stack.includes(target) ? order.get(target) : undefined) : visit(target);
      if (known !== undefined) lowest.set(path, Math.min(lowest.get(path) ?? own, known));
    }
    const low = lowest.get(path) ?? own;
    if (low === own) {
      const circle = stack.splice(stack.indexOf(path));
      if (circle.length > 1) circles.push(circle);
    }
    return low;
  };
  for (const { path } of files) if (!order.has(path)) visit(path);
  return circles;
}
