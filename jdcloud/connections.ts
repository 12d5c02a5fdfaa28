import http from 'node:http';
import https from 'node:https';

/** Agents that carry the calls. */
export interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

/** The agents of one client. */
export interface Connections {
  /** Keep their connections: most calls are reads, many and small. */
  readonly forReads: Agents;
  /**
   * A new connection each time. A kept one may have been closed by the server a moment ago, and the
   * reset that follows leaves open whether the call arrived: nothing to risk on a rebuild.
   */
  readonly forChanges: Agents;
  /** Ends all connections, unless the agents came from outside: those are their owner's to end. */
  readonly close: () => void;
}

/** Below what gateways grant an idle connection (60 s and more). A server that names less is heeded by Node. */
const IDLE_MS = 30_000;

/** Makes the agents of one client, or uses `agents` for every call when given. */
export function openConnections(agents?: Agents): Connections {
  if (agents !== undefined) return { forReads: agents, forChanges: agents, close: () => {} };
  const kept = { keepAlive: true, timeout: IDLE_MS };
  const forReads = { http: new http.Agent(kept), https: new https.Agent(kept) };
  const forChanges = { http: new http.Agent(), https: new https.Agent() };
  const all = [forReads.http, forReads.https, forChanges.http, forChanges.https];
  return { forReads, forChanges, close: () => all.forEach((agent) => agent.destroy()) };
}
