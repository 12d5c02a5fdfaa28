import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** One call of JD Cloud's API, as the client tells of it. */
export interface MeasuredCall {
  readonly operation: string;
  /** How it ended: `ok`, or the kind of its failure. */
  readonly outcome: string;
  readonly durationMs: number;
}

export interface Metrics {
  readonly observeCall: (call: MeasuredCall) => void;
  /** Counts the VMs that are waited for, asked whenever the metrics are read. */
  readonly watch: (countWaiting: () => number) => void;
  /** All of ours in Prometheus' text format. */
  readonly read: () => Promise<string>;
  readonly contentType: string;
}

/** The metrics that only we can count. What Temporal counts (rebuilds, attempts, latencies) it exports itself. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const calls = new Counter({
    name: 'reimage_jdcloud_calls_total',
    help: 'HTTP requests sent to JD Cloud.',
    labelNames: ['operation', 'outcome'],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'reimage_jdcloud_call_seconds',
    help: 'How long JD Cloud took to answer.',
    labelNames: ['operation'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  return {
    observeCall: ({ operation, outcome, durationMs }) => {
      calls.inc({ operation, outcome });
      seconds.observe({ operation }, durationMs / 1000);
    },
    watch: (countWaiting) => {
      new Gauge({
        name: 'reimage_waiting_vms',
        help: 'VMs that this worker waits for.',
        registers: [registry],
        collect() {
          this.set(countWaiting());
        },
      });
    },
    read: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
