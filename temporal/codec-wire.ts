import type { Payload } from '@temporalio/common';
import * as z from 'zod';

const Base64 = z.base64();

/** A payload as protobuf writes it in JSON. Loose: what we do not know goes back as it came. */
const WirePayload = z.looseObject({
  metadata: z.record(z.string(), Base64).optional(),
  data: Base64.nullish(),
});
type WirePayload = z.output<typeof WirePayload>;

/** What Temporal's UI and CLI send to a codec server, and get back. */
export const WirePayloads = z.looseObject({ payloads: z.array(WirePayload).max(10_000) });
export type WirePayloads = z.output<typeof WirePayloads>;

/** Runs payloads of a request through one direction of a codec, in their order. Throws what the codec throws. */
export async function convertPayloads(
  { payloads }: WirePayloads,
  convert: (payloads: Payload[]) => Promise<Payload[]>,
): Promise<{ payloads: WirePayload[] }> {
  const given = payloads.map(fromWire);
  const converted = await convert(given);
  const answer = converted.map((payload, index) => {
    const asItCame = payload === given[index] ? payloads[index] : undefined;
    return asItCame ?? toWire(payload);
  });
  return { payloads: answer };
}

function fromWire({ metadata = {}, data }: WirePayload): Payload {
  const entries = Object.entries(metadata).map(([key, value]) => [key, Buffer.from(value, 'base64')]);
  return { metadata: Object.fromEntries(entries), data: Buffer.from(data ?? '', 'base64') };
}

function toWire({ metadata, data }: Payload): WirePayload {
  const entries = Object.entries(metadata ?? {}).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return { metadata: Object.fromEntries(entries), data: Buffer.from(data ?? []).toString('base64') };
}
