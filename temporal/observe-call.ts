import { asyncLocalStorage as activityContext } from '@temporalio/activity';
import type { Logger } from './logger.js';
import type { MeasuredCall, Metrics } from './metrics.js';

/** A call that changes nothing. Reads are shared by many rebuilds: their lines must not name the one that happened to ask. */
const READ = /^describe/;

/** Logs and counts each call of JD Cloud: what changes something at info, what failed as a warning, the rest at debug. */
export function createCallObserver({ log, metrics }: { log: Logger; metrics: Metrics }): (call: MeasuredCall) => void {
  return (call) => {
    metrics.observeCall(call);
    const isRead = READ.test(call.operation);
    const level = call.outcome !== 'ok' ? 'warn' : isRead ? 'debug' : 'info';
    const write = () => log[level](call, 'JD Cloud call');
    if (isRead) activityContext.exit(write);
    else write();
  };
}
