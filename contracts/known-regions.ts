import { nearestName } from './nearest-name.js';

/** JD Cloud's public regions, as its documentation and its SDKs list them (read 2026-11). There may be others by now. */
const KNOWN_REGIONS = ['cn-north-1', 'cn-east-1', 'cn-east-2', 'cn-south-1'];

/** What to say of a region that is none of those known, since JD Cloud answers for it as for a VM that is not there; else null. */
export function unknownRegionHint(regionId: string): string | null {
  if (KNOWN_REGIONS.includes(regionId)) return null;
  const nearest = nearestName(regionId, KNOWN_REGIONS);
  const meant = nearest === null ? '' : ` Did you mean ${nearest}?`;
  return `region ${regionId} is none of those known of JD Cloud (${KNOWN_REGIONS.join(', ')}).${meant}`;
}

/** The same, to stand at the end of a sentence that says what was not found in the region; empty for a known one. */
export function unknownRegionNote(regionId: string): string {
  const hint = unknownRegionHint(regionId);
  return hint === null ? '' : `; ${hint.replace(/\.$/, '')}`;
}
