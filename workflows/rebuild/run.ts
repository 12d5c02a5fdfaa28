import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import type { RebuildState } from './rebuild-state.js';

/** One rebuild under way: what was asked, and what has come of it. */
export interface Run {
  readonly request: RebuildRequest;
  readonly record: RebuildState;
}
