import { type TaskFailure, taskFailureText } from '../../contracts/task-failure.js';
import { oneLine } from './display-text.js';

/** What does not go on since its workflow task fails, below a table that has no room for why; no line for what goes on. */
export function stuckLines(name: string, taskFailure: TaskFailure | undefined): string[] {
  return taskFailure === undefined ? [] : [`stuck: ${oneLine(name)}: ${oneLine(taskFailureText(taskFailure))}`];
}
