import * as z from 'zod';

/** Text that UTF-8 can hold. Half a surrogate pair is none: databases refuse it, and HTTP puts another sign in its place. */
export const UnicodeText = z.string().regex(/^\P{Cs}*$/u, 'must be Unicode, without half surrogate pairs');
