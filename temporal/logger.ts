import { asyncLocalStorage as activityContext } from '@temporalio/activity';
import { ApplicationFailure, type Logger as TemporalLogger, type LogLevel } from '@temporalio/common';
import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Depth to which causes of an error are logged. */
const MAX_CAUSES = 5;

/**
 * Logs a JSON object a line, levels by their names, times as ISO 8601 in UTC. Inside an activity each line says for which
 * workflow, run, activity and attempt.
 * @param destination - stdout, unless a test wants to look; written at once, since a thread would lose the last lines
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: activityFields,
    serializers: { err: describeError, durationMs: Math.round },
    redact: {
      paths: ['password', 'secretKey', 'sessionToken', 'authorization', 'headers', 'config'].flatMap((name) => [
        name,
        `*.${name}`,
      ]),
      censor: '[removed]',
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Hands the lines of Temporal's SDK, of its native core and of workflows to our log. */
export function toTemporalLogger(log: Logger): TemporalLogger {
  const write = (level: LogLevel, message: string, meta: Record<string | symbol, unknown> = {}) => {
    const { error, ...rest } = meta;
    log[PINO_LEVEL[level]]({ ...rest, ...(error !== undefined && { err: error }) }, message);
  };
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}

const PINO_LEVEL = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

function activityFields(): Record<string, unknown> {
  const info = activityContext.getStore()?.info;
  if (info === undefined) return {};
  const { activityType, attempt, workflowExecution } = info;
  return { ...workflowExecution, activityType, attempt };
}

/**
 * Name, message and stack of an error and of what caused it: no other field, for an HTTP client's error holds signed
 * headers. A failure that was foreseen has its type, and no stack: it would show where failures are made, at each retry.
 */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : { type: typeof error };
  const { name, message, stack, cause } = error;
  const isForeseen = error instanceof ApplicationFailure && error.type != null;
  return {
    type: isForeseen ? error.type : name,
    message,
    ...(!isForeseen && { stack }),
    ...(cause !== undefined && depth < MAX_CAUSES && { cause: describeError(cause, depth + 1) }),
  };
}
