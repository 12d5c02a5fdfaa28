import * as z from 'zod';
import { PASSWORD_FORMS } from '../../../contracts/secret-ref.js';
import type { OptionRows } from './parse-options.js';

/** How one logs in afterwards. */
export const LOGIN_ROWS = {
  key: {
    value: '<name>',
    help: 'SSH key to log in with, Linux only',
    takes: z.string().optional(),
    field: 'keyNames',
    toField: (name: string) => [name],
  },
  passwordFrom: {
    value: '<ref>',
    help: `where the worker finds the new password: ${PASSWORD_FORMS}`,
    takes: z.string().optional(),
    field: 'passwordRef',
    from: '--password-from, --key or --image-inherit',
  },
  imageInherit: {
    help: 'keep the login that is set inside the image',
    takes: z.boolean().optional(),
    field: 'imageInherit',
    toField: () => 'yes',
  },
} satisfies OptionRows;
