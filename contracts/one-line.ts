import * as z from 'zod';

/** One line of visible text: what stands in search attributes, terminals and logs must not carry control characters. @param max - characters */
export const oneLine = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'must be one line of Unicode without control characters');
