import { Runtime } from '@temporalio/worker';
import { freePort } from '../dev-server/ports.js';
import { type Logger, toTemporalLogger } from '../logger.js';

/**
 * Sets up the SDK's runtime: its logs go to ours, its metrics to a port of the loopback interface, and
 * signals are left to us. Once a process, before the first connection or worker.
 * @returns where the SDK's metrics are read
 * @throws IllegalStateError when a runtime exists already
 */
export async function installRuntime(log: Logger): Promise<{ metricsUrl: string }> {
  const bindAddress = `127.0.0.1:${await freePort()}`;
  const core = log.isLevelEnabled('debug') ? 'INFO' : 'WARN';
  Runtime.install({
    logger: toTemporalLogger(log),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: { core, other: 'ERROR' }, forward: {} },
      metrics: {
        prometheus: { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
      },
    },
  });
  return { metricsUrl: `http://${bindAddress}/metrics` };
}
