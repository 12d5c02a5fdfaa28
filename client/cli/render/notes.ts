import { type TaskFailure, taskFailureText } from '../../../contracts/task-failure.js';
import { type Unreadable, unreadableText } from '../../../contracts/unreadable.js';
import { oneLine } from '../io/text.js';

/** What does not go on since its workflow task fails, below a table that has no room for why; no line for what goes on. */
export function stuckLines(name: string, taskFailure: TaskFailure | undefined): string[] {
  return taskFailure === undefined ? [] : [`stuck: ${oneLine(name)}: ${oneLine(taskFailureText(taskFailure))}`];
}

/** A cell of a table, with the word for what of its row cannot be decrypted here. */
export function withUnreadable(text: string, { unreadable }: { readonly unreadable?: Unreadable | undefined }): string {
  if (unreadable === undefined) return text;
  return [text, unreadableText(unreadable)].filter((part) => part !== '').join(', ');
}

/** The line of a screen that tells what of it cannot be decrypted here, and why. */
export function unreadableLine({ keyId, message }: Unreadable): string {
  return `${unreadableText({ keyId, message })}: ${message}`;
}
