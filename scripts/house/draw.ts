import { posix } from 'node:path';
import { PRODUCT, type SourceFile } from './read-house.js';
import { arrowsOf, folderOf } from './structure.js';

const WIDTH = 190;
const GAP_X = 36;
const GAP_Y = 64;
const LINE = 17;
const MARGIN = 24;

interface Room {
  readonly name: string;
  /** One line for each folder in it: `fleet 23`. */
  readonly lines: readonly string[];
  /** How many rooms stand below it, one upon the other. */
  readonly floor: number;
}

interface Placed extends Room {
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

/** The house as an SVG: a room for each folder, its sub-folders with how many files each has, and the imports as arrows. */
export function drawHouse(files: readonly SourceFile[]): string {
  const arrows = withoutDetours(roomArrows(files));
  const rooms = place(roomsOf(files, arrows));
  const width = Math.max(...rooms.map(({ x }) => x + WIDTH)) + MARGIN;
  const height = Math.max(...rooms.map(({ y, height: own }) => y + own)) + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    '<title>The folders of Reimage: an arrow leads from a folder to one that it imports</title>',
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#667"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...arrows.flatMap(([from, to]) => drawArrow(rooms, from, to)),
    ...rooms.flatMap(drawRoom),
    '</svg>',
    '',
  ].join('\n');
}

const roomOf = (path: string): string => path.split('/')[0] ?? path;

type RoomArrow = readonly [from: string, to: string];

/**
 * The imports between rooms, without those of the command line of what only it may start: they would turn the
 * picture around.
 */
function roomArrows(files: readonly SourceFile[]): RoomArrow[] {
  const all = new Set<string>();
  for (const { from, to } of arrowsOf(files))
    if (roomOf(from) !== roomOf(to) && !(roomOf(from) === 'client' && to === 'worker.ts'))
      all.add(`${roomOf(from)}|${roomOf(to)}`);
  return [...all].toSorted().map((each) => {
    const [from = '', to = ''] = each.split('|');
    return [from, to] as const;
  });
}

/** Leaves out an arrow where others lead to the same room. */
function withoutDetours(arrows: readonly RoomArrow[]): RoomArrow[] {
  const next = (from: string) => arrows.filter(([each]) => each === from).map(([, to]) => to);
  const reaches = (from: string, to: string): boolean => next(from).some((each) => each === to || reaches(each, to));
  return arrows.filter(([from, to]) => !next(from).some((each) => each !== to && reaches(each, to)));
}

function roomsOf(files: readonly SourceFile[], arrows: readonly RoomArrow[]): Room[] {
  const floorOf = (name: string): number =>
    Math.max(-1, ...arrows.filter(([from]) => from === name).map(([, to]) => floorOf(to))) + 1;
  return PRODUCT.map((name) => {
    const counts = new Map([[name.endsWith('.ts') ? '.' : name, 0]]);
    for (const { path } of files)
      if (roomOf(path) === name) counts.set(folderOf(path), (counts.get(folderOf(path)) ?? 0) + 1);
    const lines = [...counts]
      .filter(([, count]) => count > 0)
      .map(([folder, count]) =>
        folder === '.' || folder === name
          ? `${count} ${count === 1 ? 'file' : 'files'}`
          : `${posix.relative(name, folder)}  ${count}`,
      );
    return { name, lines, floor: floorOf(name) };
  });
}

/** Rooms of the highest floor on top. */
function place(rooms: readonly Room[]): Placed[] {
  const floors = [...new Set(rooms.map(({ floor }) => floor))].toSorted((a, b) => b - a);
  const placed: Placed[] = [];
  let y = MARGIN;
  for (const floor of floors) {
    const here = rooms.filter((room) => room.floor === floor);
    const heights = here.map(({ lines }) => 26 + lines.length * LINE + 8);
    for (const [at, room] of here.entries())
      placed.push({ ...room, x: MARGIN + at * (WIDTH + GAP_X), y, height: heights[at] ?? 0 });
    y += Math.max(...heights) + GAP_Y;
  }
  return placed;
}

function drawRoom({ name, lines, x, y, height }: Placed): string[] {
  return [
    `<rect x="${x}" y="${y}" width="${WIDTH}" height="${height}" rx="6" fill="#f4f6fa" stroke="#345"/>`,
    `<text x="${x + 10}" y="${y + 19}" font-weight="bold" fill="#123">${name}${name.endsWith('.ts') ? '' : '/'}</text>`,
    ...lines.map((line, at) => `<text x="${x + 10}" y="${y + 26 + (at + 1) * LINE - 4}" fill="#345">${line}</text>`),
  ];
}

function drawArrow(rooms: readonly Placed[], from: string, to: string): string[] {
  const [upper, lower] = [rooms.find(({ name }) => name === from), rooms.find(({ name }) => name === to)];
  if (upper === undefined || lower === undefined) return [];
  const [x1, y1] = [upper.x + WIDTH / 2, upper.y + upper.height];
  const [x2, y2] = [lower.x + WIDTH / 2, lower.y];
  const bend = (y2 - y1) / 2;
  return [
    `<path d="M${x1},${y1} C${x1},${y1 + bend} ${x2},${y2 - bend} ${x2},${y2 - 2}" fill="none" stroke="#667" marker-end="url(#head)"/>`,
  ];
}
