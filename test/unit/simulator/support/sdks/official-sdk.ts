import type { TestContext } from 'node:test';
import * as z from 'zod';
import type { Simulator } from '../../../../../simulator/start-simulator.js';
import { leaveOut } from '../../../../fixtures/leave-out.js';

const Refusal = z.looseObject({ code: z.int(), status: z.string(), message: z.string() });

/** The envelope of an answer, as the SDKs hand it on. */
export const SdkAnswer = z.object({
  requestId: z.string().min(1),
  result: z.record(z.string(), z.unknown()).optional(),
  error: Refusal.optional(),
});
export type SdkAnswer = z.output<typeof SdkAnswer>;

/** A call of one of the VM API's operations, in region cn-north-1. */
export interface SdkCall {
  readonly operation: string;
  /** Parameters by JD Cloud's names, without the region. */
  readonly options?: object;
  /** Sent as `x-jdcloud-security-token`. */
  readonly securityToken?: string;
}

/** A client of JD Cloud's own. Refusals are answers. */
export type OfficialSdk = (simulator: Simulator, call: SdkCall) => Promise<SdkAnswer>;

/** One that has to be installed before. */
export interface ObtainableSdk {
  readonly name: string;
  /** @throws Error that says why it cannot be had */
  readonly obtain: () => Promise<OfficialSdk>;
  /** What the journal says of each of its calls. */
  readonly warnings: readonly string[];
}

/** The SDK, or null once the test has been left out with the reason; under CI that is a failure. */
export async function sdkFor(t: TestContext, { obtain, name }: ObtainableSdk): Promise<OfficialSdk | null> {
  try {
    return await obtain();
  } catch (error) {
    leaveOut(t, `${name} cannot be had: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}
