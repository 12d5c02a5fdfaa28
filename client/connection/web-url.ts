/** One run in one namespace. */
export interface RunRef {
  readonly namespace: string;
  readonly workflowId: string;
  readonly runId: string;
}

/**
 * Where Temporal's web UI is: `REIMAGE_TEMPORAL_UI` or `TEMPORAL_UI`, else known for Temporal Cloud
 * and for a dev server on its default port; null where nobody said.
 */
export function webUiOf(address: string, env: Readonly<Record<string, string | undefined>>): string | null {
  const said = env['REIMAGE_TEMPORAL_UI'] || env['TEMPORAL_UI'];
  if (said) return said.replace(/\/+$/, '');
  if (/^(localhost|127\.0\.0\.1|\[::1\]):7233$/.test(address)) return 'http://localhost:8233';
  return /\.(tmprl\.cloud|api\.temporal\.io)(:\d+)?$/.test(address) ? 'https://cloud.temporal.io' : null;
}

/**
 * The page of one run. The UI decodes each part once, so each is encoded once. No view of the run is named: their names
 * come and go with versions of the UI, which sends who names none to the one that it has.
 */
export function webUrlOf(webUi: string, { namespace, workflowId, runId }: RunRef): string {
  const [ns, id, run] = [namespace, workflowId, runId].map(encodeURIComponent);
  return `${webUi}/namespaces/${ns}/workflows/${id}/${run}`;
}
