import type { Command } from 'commander';
import { PASSWORD_FORMS } from '../../../contracts/secret-ref.js';

/** Adds the options for how one logs in afterwards. */
export function addLoginOptions(command: Command): Command {
  return command
    .option('--key <name>', 'SSH key to log in with, Linux only')
    .option('--password-from <ref>', `where the worker finds the new password: ${PASSWORD_FORMS}`)
    .option('--image-inherit', 'keep the login that is set inside the image');
}
