import type { ConnectionLike } from '@temporalio/client';
import proto from '@temporalio/proto';

const { TaskQueueType } = proto.temporal.api.enums.v1;

/** A worker that the server remembers, which it does for five minutes. */
export interface Poller {
  readonly identity: string;
  /** When it asked for work last, in milliseconds since 1970 by the server's clock. */
  readonly at: number;
}

/**
 * Who asks for workflow tasks on a task queue, the latest first. One that was killed a moment ago is among them.
 * @throws what the connection throws when the namespace cannot be asked
 */
export async function readPollers(
  service: ConnectionLike['workflowService'],
  namespace: string,
  taskQueue: string,
): Promise<Poller[]> {
  const { pollers } = await service.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  return (pollers ?? [])
    .map(({ identity, lastAccessTime }) => {
      const { seconds = 0, nanos = 0 } = lastAccessTime ?? {};
      return { identity: identity || '?', at: Number(seconds) * 1000 + (nanos ?? 0) / 1e6 };
    })
    .toSorted((a, b) => b.at - a.at);
}

/** Who polls, in words, for who waits for them. Says the same as long as nobody polls again. */
export function pollersText(pollers: readonly Poller[], taskQueue: string): string {
  if (pollers.length === 0) return `no worker polls task queue ${taskQueue}`;
  const said = pollers.map(({ identity, at }) => `${identity} at ${new Date(at).toISOString()}`);
  return `no worker takes it up; task queue ${taskQueue} was polled last by ${said.join(', ')}`;
}
