import { type Unreadable, unreadableText } from '../../contracts/unreadable.js';

/** A cell of a table, with the word for what of its row cannot be decrypted here. */
export function withUnreadable(text: string, { unreadable }: { readonly unreadable?: Unreadable | undefined }): string {
  if (unreadable === undefined) return text;
  return [text, unreadableText(unreadable)].filter((part) => part !== '').join(', ');
}

/** The line of a screen that tells what of it cannot be decrypted here, and why. */
export function unreadableLine({ keyId, message }: Unreadable): string {
  return `${unreadableText({ keyId, message })}: ${message}`;
}
