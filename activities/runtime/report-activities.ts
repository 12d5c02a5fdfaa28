import { cancellationSignal } from '@temporalio/activity';
import type { WorkerFailure, WorkerReport } from '../../contracts/worker-report.js';
import type { VmApi } from '../../jdcloud/vm-api.js';
import { toApplicationFailure } from './failure.js';

/** What a worker says of itself that its activities cannot know. */
export interface AboutWorker {
  readonly identity: string;
  readonly versions: WorkerReport['versions'];
  readonly startedAt: Date;
  readonly keyIds: readonly string[];
  readonly endpoint: string;
  readonly regionId: string;
  /** Where the credentials come from, in words that may be shown. @throws Error, which holds no secret, when there are none */
  readonly credentialsFrom: () => Promise<string>;
  readonly lastFailure: () => WorkerFailure | null;
}

export interface ReportDeps {
  readonly api: Pick<VmApi, 'describeInstances'>;
  readonly cloudTime: () => Date | null;
  /** Null in a process that is no worker of its own. */
  readonly about: AboutWorker | null;
}

/** Tells about the worker that it happens to run on, for `reimage doctor`. Touches nothing. */
export function createReportActivities({ api, cloudTime, about }: ReportDeps) {
  return {
    /** Asks JD Cloud for one page of VMs by the worker's own credentials, and reads its own state. Never throws for what it finds. */
    async reportWorker(): Promise<WorkerReport | null> {
      if (about === null) return null;
      const { identity, versions, startedAt, keyIds, endpoint, regionId, credentialsFrom, lastFailure } = about;
      const signal = cancellationSignal();
      const from = await credentialsFrom().catch(() => null);
      const askedAt = Date.now();
      const refused = await api
        .describeInstances({ regionId, pageNumber: 1, pageSize: 10 }, { signal })
        .then(() => null, asRefusal);
      const toldAt = cloudTime();
      const isFresh = toldAt !== null && refused === null;
      return {
        identity,
        versions,
        startedAt: startedAt.toISOString(),
        keys: [...keyIds],
        jdcloud: {
          endpoint,
          regionId,
          credentialsFrom: from,
          refusal: refused?.message ?? null,
          refusalType: refused?.type ?? null,
          skewMs: isFresh ? (askedAt + Date.now()) / 2 - toldAt.getTime() : null,
        },
        lastFailure: lastFailure(),
      };
    },
  };
}

/** In the words and by the type that a rebuild would end with. */
function asRefusal(error: unknown): { readonly message: string; readonly type: string } {
  const failure = toApplicationFailure(error);
  const type = failure instanceof Error && 'type' in failure ? String(failure.type) : 'Unexpected';
  return { type, message: failure instanceof Error ? failure.message : String(failure) };
}
