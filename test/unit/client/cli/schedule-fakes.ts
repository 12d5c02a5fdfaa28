import type { ScheduleDetails } from '../../../../client/schedules/state.js';
import { FleetSpec } from '../../../../contracts/fleet/fleet-spec.js';

/** A schedule that has fired. */
export function details(overrides: Partial<ScheduleDetails> = {}): ScheduleDetails {
  return {
    scheduleId: 'web-nightly',
    regionId: 'cn-north-1',
    fleet: 'web',
    times: ['0 2 * * 6'],
    zone: 'Europe/Berlin',
    jitterSeconds: 60,
    overlap: 'skip',
    catchUpSeconds: 600,
    pauseOnFailure: true,
    paused: false,
    note: 'created by alice',
    fired: 3,
    missed: 1,
    skipped: 2,
    running: ['scheduled:cn-north-1:web-nightly-2026-11-21T18:00:00Z'],
    next: [{ at: '2026-11-28T01:00:00.000Z', local: 'Sat 2026-11-28 02:00:00 +01:00', note: null }],
    createdAt: '2026-11-01T00:00:00.000Z',
    updatedAt: null,
    firings: [
      {
        dueAt: '2026-11-21T01:00:00.000Z',
        startedAt: '2026-11-21T01:00:00.100Z',
        operationId: 'scheduled:cn-north-1:web-nightly-2026-11-21T18:00:00Z',
        fleetId: 'web-1f0c53d5',
        status: 'awaiting-approval',
        leftAlone: '2 misfit',
        triggeredBy: 'ana: ticket 4711',
      },
    ],
    daylight: ['2027-03-28 02:00 Europe/Berlin does not fire: the clock is changed then'],
    spec: FleetSpec.parse({
      name: 'web',
      regionId: 'cn-north-1',
      select: { name: '*' },
      image: { newestNamed: 'web-' },
      rebuild: { keyNames: ['ops'] },
    }),
    ...overrides,
  };
}
