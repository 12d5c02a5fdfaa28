/** What a kind of failure means at each door. */
export interface FailureKind {
  /** Exit code of the CLI. */
  readonly exitCode: number;
  /** HTTP status of the gateway. */
  readonly httpStatus: number;
  /** What has happened. */
  readonly meaning: string;
  /** What the operator does next. */
  readonly next: string;
}
