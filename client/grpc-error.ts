import { isGrpcServiceError, ServiceError } from '@temporalio/client';

/** The gRPC status code behind an error of the SDK, or null when there is none. */
export function grpcCodeOf(error: unknown): number | null {
  if (isGrpcServiceError(error)) return error.code;
  if (error instanceof ServiceError && error.cause !== undefined) return grpcCodeOf(error.cause);
  return null;
}

/** What the server said behind an error of the SDK. */
export function textOf(error: unknown): string {
  if (isGrpcServiceError(error)) return error.details || error.message;
  if (error instanceof ServiceError && error.cause !== undefined) return textOf(error.cause);
  return error instanceof Error ? error.message : String(error);
}
