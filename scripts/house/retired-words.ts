/** Names that symbols no longer have, each with the one that it has now. */
const SYMBOLS: Readonly<Record<string, string>> = {
  CallNote: 'InFlightMarker',
  Crew: 'ChildRebuilds',
  FleetAct: 'AuditEntry',
  FleetLook: 'FleetObservation',
  FleetRecord: 'FleetState',
  Glances: 'RecheckBackoff',
  Halt: 'Blocker',
  Misfit: 'ValidationIssue',
  RegionGate: 'RegionLimiter',
  RegionGates: 'RegionLimiters',
  RegionWatcher: 'RegionPoller',
  RunRecord: 'RebuildState',
  Sights: 'Observations',
  WayBackRecord: 'RecoveryState',
  awaitThaw: 'awaitUnfreeze',
  blindHalt: 'unobservableBlocker',
  inLanes: 'mapConcurrent',
  refuseMisfits: 'refuseIssues',
  tellFleet: 'notifyFleet',
  turnAway: 'reject',
};

/** Words of prose that nobody else uses so, each with what is said instead. */
const PROSE: readonly { readonly word: RegExp; readonly instead: string }[] = [
  { word: /\bborne\b/i, instead: 'tolerated' },
  { word: /\breckon(s|ed|ing)?\b/i, instead: 'compute, estimate' },
  { word: /\bheed(s|ed|ing|less)?\b/i, instead: 'honour, follow, ignore' },
  { word: /\b(\d+|of|other|Chinese|eight|many|more|most|these|those|no|its|whose) signs\b/i, instead: 'characters' },
];

const SYMBOL = new RegExp(`(?<![\\w$])(${Object.keys(SYMBOLS).join('|')})(?![\\w$])`, 'g');

/** The retired words in a line, each as `heeds (say: honour, follow, ignore)`. */
export function retiredWordsIn(line: string): string[] {
  const symbols = [...line.matchAll(SYMBOL)].map(([name]) => `${name} (say: ${SYMBOLS[name]})`);
  const prose = PROSE.flatMap(({ word, instead }) => {
    const found = word.exec(line)?.[0];
    return found === undefined ? [] : [`${found} (say: ${instead})`];
  });
  return [...symbols, ...prose];
}
