import * as z from 'zod';

/** Days of the week on which a window opens. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 22:30');

const Window = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .max(7)
      .default([...WEEKDAYS]),
    from: timeOfDay,
    to: timeOfDay.meta({ description: 'When it closes; at or before `from` it is on the next day' }),
  })
  .meta({
    description: 'Opens on each of the days at `from`; across midnight it belongs to the day on which it opens',
  });

const day = z.iso.date();

/**
 * When rebuilds may start. Whether the zone is one that the worker knows is checked where the windows are computed: an
 * unknown one starts nothing.
 */
export const Maintenance = z
  .strictObject({
    zone: z.string().min(1).max(64).meta({ description: 'IANA time zone, for example Asia/Shanghai' }),
    windows: z.array(Window).min(1).max(20),
    blackout: z
      .array(
        z.union([
          day,
          z
            .strictObject({ from: day, to: day })
            .refine(({ from, to }) => from <= to, { path: ['to'], message: 'is before `from`' }),
        ]),
      )
      .max(100)
      .default([])
      .meta({ description: 'Local dates, or spans of them (both ends count), on which nothing starts' }),
  })
  .meta({ id: 'Maintenance' });
export type Maintenance = z.output<typeof Maintenance>;

/** One opening of a maintenance window, as instants. */
export const WindowOccurrence = z.object({
  opensAt: z.iso.datetime(),
  closesAt: z.iso.datetime(),
  /** How it reads in its own zone, with what daylight saving does to it. */
  local: z.string(),
});
export type WindowOccurrence = z.output<typeof WindowOccurrence>;
