import type { CliDeps } from './cli-deps.js';
import type { CommandName } from './command-names.js';
import { asksForJson } from './output-option.js';
import { packageVersion } from './package-version.js';
import { buildProgram } from './program.js';
import { renderWaiting } from './render-waiting.js';

/** Whatever a command waits for is told on stderr. */
function tellingConnect({ connect, io }: CliDeps): CliDeps['connect'] {
  return (options) => connect({ onProgress: (waiting) => io.err(renderWaiting(waiting, io.now())), ...options });
}

type Run = (raw: unknown, deps: CliDeps) => Promise<number>;

/** Loaded when it runs: what a command needs costs more start-up time than the whole parser. */
const RUNS: Record<CommandName, () => Promise<{ readonly run: Run }>> = {
  rebuild: () => import('./run-rebuild.js'),
  status: () => import('./run-status.js'),
  watch: () => import('./run-watch.js'),
  decide: () => import('./run-decide.js'),
  rollback: () => import('./run-rollback.js'),
  cancel: () => import('./run-cancel.js'),
  list: () => import('./run-list.js'),
  'fleet plan': () => import('./run-fleet-plan.js'),
  'fleet show': () => import('./run-fleet-show.js'),
  'fleet rehearse': () => import('./rehearse/run-fleet-rehearse.js'),
  'fleet start': () => import('./fleet/run-fleet-start.js'),
  'fleet status': () => import('./fleet/run-fleet-status.js'),
  'fleet watch': () => import('./fleet/run-fleet-watch.js'),
  'fleet list': () => import('./fleet/run-fleet-list.js'),
  'fleet pause': () => import('./fleet/run-fleet-control.js'),
  'fleet resume': () => import('./fleet/run-fleet-control.js'),
  'fleet approve': () => import('./fleet/run-fleet-control.js'),
  'fleet reject': () => import('./fleet/run-fleet-control.js'),
  'fleet abort': () => import('./fleet/run-fleet-control.js'),
  'fleet set': () => import('./fleet/run-fleet-control.js'),
  'fleet skip': () => import('./fleet/run-fleet-control.js'),
  'fleet retry-failed': () => import('./fleet/run-fleet-control.js'),
  'fleet retry': () => import('./fleet/run-fleet-retry.js'),
  'fleet rollback': () => import('./fleet/run-fleet-rollback.js'),
  'fleet report': () => import('./fleet/run-fleet-report.js'),
  'schedule create': () => import('./schedule/run-schedule-create.js'),
  'schedule list': () => import('./schedule/run-schedule-list.js'),
  'schedule describe': () => import('./schedule/run-schedule-describe.js'),
  'schedule pause': () => import('./schedule/run-schedule-pause.js'),
  'schedule resume': () => import('./schedule/run-schedule-resume.js'),
  'schedule trigger': () => import('./schedule/run-schedule-trigger.js'),
  'schedule delete': () => import('./schedule/run-schedule-delete.js'),
  'schedule next': () => import('./schedule/run-schedule-next.js'),
  freeze: () => import('./run-freeze.js'),
  unfreeze: () => import('./run-unfreeze.js'),
  'backups list': () => import('./run-backups-list.js'),
  'backups prune': () => import('./run-backups-prune.js'),
  worker: () => import('./run-worker.js'),
  simulator: () => import('./run-simulator.js'),
  'codec-server': () => import('./run-codec-server.js'),
  'codec rotate': () => import('./run-codec-rotate.js'),
  doctor: () => import('./run-doctor.js'),
};

/**
 * Runs one command line and gives its exit code. Never throws.
 * @param argv - the arguments without node and script
 */
export async function runCli(argv: readonly string[], deps: CliDeps): Promise<number> {
  let exitCode = 0;
  let vm: { instance?: unknown; region?: unknown } = {};
  const program = buildProgram(
    async (command, raw) => {
      vm = raw;
      const { refuseMistyped } = await import('../refuse-mistyped.js');
      refuseMistyped(deps.env);
      const { run } = await RUNS[command]();
      exitCode = await run(raw, { ...deps, connect: tellingConnect(deps) });
    },
    deps.io,
    packageVersion(),
  );
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    const { reportError } = await import('./report-error.js');
    const region = vm.region ?? deps.env['JDCLOUD_REGION'];
    return reportError(error, { isJson: asksForJson(argv), instanceId: vm.instance, regionId: region }, deps.io);
  }
}
