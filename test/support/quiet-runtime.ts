import { DefaultLogger, Runtime } from '@temporalio/worker';

// The SDK tells of every worker and every failed attempt; here attempts fail on purpose. A process has one runtime, so
// that this comes before whatever starts or connects a worker.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});
