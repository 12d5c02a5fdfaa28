import { NotUtf8Error, utf8Text } from './utf8-text.js';

/** Most bytes of a launch script, before base64. */
export const LAUNCH_SCRIPT_MAX_BYTES = 16 * 1024;

/** The systems that a launch script may be for. */
export type ScriptPlatform = 'linux' | 'windows';

/** What is known of a launch script: what it is for, or why no VM would run it. `problem` ends a sentence. */
export type LaunchScript =
  | {
      readonly platform: ScriptPlatform;
      /** It is one of the very forms that JD Cloud names. */ readonly isNamed: boolean;
    }
  | { readonly problem: string };

const FORMS =
  'begin it with #!/bin/bash or #!/usr/bin/env python; for Windows put it into <cmd></cmd> or <powershell></powershell>';

/** Interpreters that a Linux image has, of which JD Cloud's guide names two, by these very lines. */
const INTERPRETER = /^#! ?\/(?:\S+\/)?(?:env +)?(?:sh|bash|dash|python[\d.]*)(?: .*)?$/;
const NAMED = ['#!/bin/bash', '#!/usr/bin/env python'];
const WINDOWS = /^<(cmd|powershell)>[^]*\S[^]*<\/\1>\s*$/;

/**
 * Judges a launch script by the formats that JD Cloud documents. One that it does not know is handed over without a word, and
 * the VM comes back without its set-up.
 * @param base64 - as it stands in a request
 * @see docs/jdcloud.md#user-data: JD Cloud's guide, page Userdata, read 2026-11
 */
export function readLaunchScript(base64: string): LaunchScript {
  const bytes = bytesOfBase64(base64);
  if (bytes.length > LAUNCH_SCRIPT_MAX_BYTES) {
    return { problem: `has ${bytes.length} bytes before base64, and may have ${LAUNCH_SCRIPT_MAX_BYTES}` };
  }
  if (startsWithMark(bytes)) {
    return {
      problem: 'begins with a byte order mark, which no system takes for the beginning of a script: save it without',
    };
  }
  try {
    return readText(utf8Text(bytes));
  } catch (error) {
    if (error instanceof NotUtf8Error) return { problem: error.message };
    throw error;
  }
}

function readText(text: string): LaunchScript {
  if (text.trim() === '') return { problem: 'is empty' };
  if (WINDOWS.test(text)) return { platform: 'windows', isNamed: true };
  const [first = ''] = text.split('\n');
  if (!text.startsWith('#!')) return { problem: `is no script that JD Cloud runs: ${FORMS}` };
  const cut = text.indexOf('\r');
  if (cut >= 0) {
    const line = text.slice(0, cut).split('\n').length;
    return {
      problem: `has lines that end in CR LF, as on Windows, from line ${line} on: Linux takes the CR for a part of the line`,
    };
  }
  if (!INTERPRETER.test(first))
    return { problem: `names an interpreter that JD Cloud's guide does not know: ${FORMS}` };
  return { platform: 'linux', isNamed: NAMED.includes(first.trimEnd()) };
}

function startsWithMark([first, second, third]: Uint8Array): boolean {
  return first === 0xef && second === 0xbb && third === 0xbf;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Neither `atob` nor `Buffer` is everywhere where contracts are. What is no digit ends it. */
function bytesOfBase64(base64: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const sign of base64) {
    const digit = DIGITS.indexOf(sign);
    if (digit < 0) break;
    held = ((held << 6) | digit) & 0xff_ff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  return Uint8Array.from(bytes);
}
