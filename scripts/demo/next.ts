import type { DemoTargets } from './cloud.js';

/** What to do after a demo that is over. */
export const NEXT_LINES: readonly string[] = [
  'What to try next:',
  '  npm run demo -- --keep     the same, and leaves all of it running to play with',
  '  npm run demo:fleet         60 machines, wave by wave',
  '  docs/tutorial.md           30 minutes with all of it: rebuild, hold, decide, roll back, fleet',
  '  README.md                  your own JD Cloud account and Temporal server',
  '  docs/operator-guide.md     the worker in production',
  '  docs/simulator.md          rehearse with machines and faults of your own',
];

/** What a person who keeps the demo running needs. */
export interface KeptDemo {
  readonly settings: Readonly<Record<string, string>>;
  readonly targets: DemoTargets;
  readonly directory: string;
  readonly workerPid: number;
  readonly metricsUrl: string;
}

/** Lines to paste into another terminal, and what to try there. */
export function keepLines({ settings, targets, directory, workerPid, metricsUrl }: KeptDemo): string[] {
  const { vm, otherVm } = targets;
  const stuck = JSON.stringify({ operation: 'stopInstance', instanceId: otherVm, kind: { outcome: 'stuck' } });
  return [
    'All of it keeps running. Paste into another terminal, in this folder:',
    '',
    ...Object.entries(settings).map(([name, value]) => `  export ${name}='${value}'`),
    "  alias reimage='npx tsx client/cli/main.ts'",
    '',
    'Then try:',
    '',
    '  reimage list',
    `  reimage status ${vm}`,
    `  reimage rebuild ${otherVm} --key ops --dry-run`,
    `  reimage rebuild ${otherVm} --key ops               # the same image again: asks first`,
    `  reimage rebuild ${otherVm} --key ops --yes         # from a second terminal meanwhile: refused as busy`,
    '  reimage doctor',
    '',
    'Make a stop hang, rebuild, and cancel it from another terminal:',
    '',
    `  curl -H 'content-type: application/json' -d '${stuck}' $JDCLOUD_ENDPOINT/_control/faults`,
    `  reimage rebuild ${otherVm} --key ops --yes`,
    `  reimage cancel ${otherVm} --detach`,
    `  curl -H 'content-type: application/json' -d '{"action":"release","instanceId":"${otherVm}"}' $JDCLOUD_ENDPOINT/_control/act`,
    '',
    'Kill the worker in the middle of a rebuild, and start another: the rebuild goes on, once the server has missed',
    "the dead worker's heartbeat for 30 seconds.",
    '',
    `  kill -9 ${workerPid}`,
    '  npx tsx worker.ts',
    '',
    `Metrics: ${metricsUrl}`,
    `Logs and the SQLite file: ${directory}`,
  ];
}

/** What a person who follows the runbooks of docs/runbooks/ needs. */
export function fleetKeepLines({ settings, webUrl }: Pick<KeptDemo, 'settings'> & { webUrl: string }): string[] {
  return [
    'All of it keeps running. Paste into another terminal, in this folder:',
    '',
    ...Object.entries(settings).map(([name, value]) => `  export ${name}='${value}'`),
    "  alias reimage='npx tsx client/cli/main.ts'",
    '',
    'Then follow docs/tutorial.md, or a page of docs/runbooks/, word for word.',
    '',
    `The machines serve at ${webUrl}/VM. To make the new image fail on one of them, and to make it work again:`,
    '',
    `  curl -X PUT ${webUrl}/VM`,
    `  curl -X DELETE ${webUrl}/VM`,
  ];
}
