/** Says what the bench is doing, on stderr: stdout is for the figures. */
export function log(line: string): void {
  console.error(`bench: ${line}`);
}
