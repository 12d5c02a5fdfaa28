import { unknownRegionHint } from '../../../contracts/known-regions.js';
import type { Io } from './deps.js';

/** Says so where a region, of a command line or of a file, is none of those known. */
export function warnUnknownRegion(regionId: string, { io }: { readonly io: Pick<Io, 'err'> }): void {
  const hint = unknownRegionHint(regionId);
  if (hint !== null) io.err(hint);
}
