import {
  type Client,
  isGrpcServiceError,
  QueryNotRegisteredError,
  ServiceError,
  WorkflowNotFoundError,
} from '@temporalio/client';

/** A workflow that there is not: the server looks at the size of a query before it looks for whom it is. */
const NOBODY = 'reimage-nobody';

const RESOURCE_EXHAUSTED = 8;

/**
 * Whether the server takes a payload of so many bytes, as the workers of the namespace would send it. No server before
 * 1.30 tells its limits (`limit.blobSize.error`), so one is sent, to nobody.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function takesPayload(client: Client, bytes: number): Promise<boolean> {
  if (bytes === 0) return true;
  try {
    await client.workflow.getHandle(NOBODY).query('size', 'x'.repeat(bytes));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return true;
    if (isTooLarge(error)) return false;
    throw error;
  }
  return true;
}

/** The SDK takes every invalid argument of a query for a query that nobody knows. */
function isTooLarge(error: unknown): boolean {
  if (error instanceof QueryNotRegisteredError) return /exceeds limit/i.test(error.message);
  if (error instanceof ServiceError) return isTooLarge(error.cause);
  return isGrpcServiceError(error) && error.code === RESOURCE_EXHAUSTED && /larger than max/i.test(error.details);
}
