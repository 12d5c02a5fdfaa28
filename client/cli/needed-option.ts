import { Option } from 'commander';

/**
 * An option that has to be given, which its help says. That it is missing the command's schema tells, together with
 * everything else that is wrong: commander would tell it first, and alone.
 */
export function neededOption(flags: string, text: string): Option {
  return new Option(flags, `${text} (required)`);
}
