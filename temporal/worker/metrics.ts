import { asyncLocalStorage as activityContext } from '@temporalio/activity';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Logger } from '../logger.js';

/** One call of JD Cloud's API, as the client tells of it. */
export interface MeasuredCall {
  readonly operation: string;
  readonly regionId: string;
  /** How it ended: `ok`, or the kind of its failure. */
  readonly outcome: string;
  readonly durationMs: number;
}

/** What the calls of each region pass. */
export interface MeasuredLimiters {
  readonly waiting: () => ReadonlyMap<string, number>;
  /** Null for no cap. */
  readonly callsPerMinute: number | null;
}

export interface Metrics {
  readonly observeCall: (call: MeasuredCall) => void;
  /** Counts the VMs that are waited for, asked whenever the metrics are read. */
  readonly watch: (countWaiting: () => number) => void;
  /** Counts the calls that wait to be let through, by region, asked whenever the metrics are read. */
  readonly watchLimiters: (gates: MeasuredLimiters) => void;
  /** All of ours in Prometheus' text format. */
  readonly read: () => Promise<string>;
  readonly contentType: string;
}

/** The metrics that only we can count. What Temporal counts (rebuilds, attempts, latencies) it exports itself. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const observeCall = countCalls(registers);
  return {
    observeCall,
    watch: (countWaiting) => {
      new Gauge({
        name: 'reimage_waiting_vms',
        help: 'VMs that this worker waits for.',
        registers,
        collect() {
          this.set(countWaiting());
        },
      });
    },
    watchLimiters: (gates) => showLimiters(gates, registers),
    read: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function countCalls(registers: Registry[]): Metrics['observeCall'] {
  const calls = new Counter({
    name: 'reimage_jdcloud_calls_total',
    help: 'HTTP requests sent to JD Cloud.',
    labelNames: ['operation', 'region', 'outcome'],
    registers,
  });
  const throttled = new Counter({
    name: 'reimage_jdcloud_throttled_total',
    help: 'HTTP requests that JD Cloud throttled.',
    labelNames: ['region'],
    registers,
  });
  const seconds = new Histogram({
    name: 'reimage_jdcloud_call_seconds',
    help: 'How long JD Cloud took to answer.',
    labelNames: ['operation'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  return ({ operation, regionId, outcome, durationMs }) => {
    calls.inc({ operation, region: regionId, outcome });
    // From the first call on, so that the first throttled one shows as a rise.
    throttled.inc({ region: regionId }, outcome === 'throttled' ? 1 : 0);
    seconds.observe({ operation }, durationMs / 1000);
  };
}

function showLimiters({ waiting, callsPerMinute }: MeasuredLimiters, registers: Registry[]): void {
  new Gauge({
    name: 'reimage_jdcloud_gate_waiting',
    help: 'Calls to JD Cloud that wait to be let through.',
    labelNames: ['region'],
    registers,
    collect() {
      for (const [region, calls] of waiting()) this.set({ region }, calls);
    },
  });
  new Gauge({
    name: 'reimage_jdcloud_calls_per_minute_cap',
    help: 'Most calls a minute that this worker makes in each region; +Inf for no cap.',
    registers,
  }).set(callsPerMinute ?? Number.POSITIVE_INFINITY);
}

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
