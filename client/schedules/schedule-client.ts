import * as z from 'zod';
import { type FleetScheduleInput, ScheduleAct, ScheduleId } from '../../contracts/fleet/fleet-schedule.js';
import { AskedSchedule } from '../connection/asked.js';
import { type CallOptions, type ClientContext, contextOf } from '../connection/context.js';
import { parseInput } from '../connection/parse-input.js';
import { deleteSchedule, pauseSchedule, resumeSchedule, type Triggered, triggerSchedule } from './change.js';
import { createSchedule, type ScheduleCreateOptions } from './create.js';
import { type FiringTime, firingTimes } from './daylight-saving.js';
import { listSchedules, nextTimes, readSchedule, readScheduleState } from './read.js';
import type { ScheduleDetails, ScheduleState } from './state.js';

const Count = z.int().min(1).max(1000);

/**
 * Reimages fleets again and again, by schedules of the Temporal server. Reached as `ReimageClient.schedules`; its methods
 * throw as those of `ReimageClient` do, and need no worker. Each firing does.
 */
export class FleetSchedules {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Creates a schedule. With `confirm` it is shown first, with the next times that the server says, and fires only if
   * that answers true.
   * @throws ReimageError `ScheduleExists` · `NotConfirmed` · ReimageInvalidInputError
   */
  async create(schedule: FleetScheduleInput, options: ScheduleCreateOptions = {}): Promise<ScheduleDetails> {
    return await createSchedule(contextOf(this.#context, options), parseInput(AskedSchedule, schedule), options);
  }

  /** All schedules of Reimage in the namespace, with what they have missed and skipped. */
  async list(options: CallOptions = {}): Promise<ScheduleState[]> {
    return await listSchedules(contextOf(this.#context, options));
  }

  /** One schedule, with its last firings and what becomes of them. @throws ReimageNotFoundError */
  async describe(scheduleId: string, options: CallOptions = {}): Promise<ScheduleDetails> {
    return await readSchedule(contextOf(this.#context, options), parseInput(ScheduleId, scheduleId));
  }

  /** Lets it fire no more; firings under way go on. @throws ReimageNotFoundError */
  async pause(scheduleId: string, act: ScheduleAct, options: CallOptions = {}): Promise<ScheduleState> {
    const context = contextOf(this.#context, options);
    return await pauseSchedule(context, parseInput(ScheduleId, scheduleId), parseInput(ScheduleAct, act));
  }

  /** Lets it fire again; what was due meanwhile is not made up for. @throws ReimageNotFoundError */
  async resume(scheduleId: string, act: ScheduleAct, options: CallOptions = {}): Promise<ScheduleState> {
    const context = contextOf(this.#context, options);
    return await resumeSchedule(context, parseInput(ScheduleId, scheduleId), parseInput(ScheduleAct, act));
  }

  /** Fires it now, also while it is paused, by its own overlap policy. @throws ReimageNotFoundError */
  async trigger(scheduleId: string, act: ScheduleAct, options: CallOptions = {}): Promise<Triggered> {
    const context = contextOf(this.#context, options);
    return await triggerSchedule(context, parseInput(ScheduleId, scheduleId), parseInput(ScheduleAct, act));
  }

  /** Deletes it; firings under way go on. @throws ReimageNotFoundError */
  async delete(scheduleId: string, options: CallOptions = {}): Promise<void> {
    await deleteSchedule(contextOf(this.#context, options), parseInput(ScheduleId, scheduleId));
  }

  /** Its next times as the server computes them; of one that is paused those at which it would fire. @throws ReimageNotFoundError */
  async next(scheduleId: string, count = 10, options: CallOptions = {}): Promise<FiringTime[]> {
    const id = parseInput(ScheduleId, scheduleId);
    const context = contextOf(this.#context, options);
    const { zone } = await readScheduleState(context, id);
    return firingTimes(await nextTimes(context, id, parseInput(Count, count), new Date()), zone);
  }
}
