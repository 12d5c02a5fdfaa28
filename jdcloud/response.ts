import * as z from 'zod';

/** An HTTP answer, whole and undecoded. */
export interface HttpAnswer {
  readonly status: number;
  /** Value of a header by its lower-case name; null when absent. */
  readonly header: (name: string) => string | null;
  readonly body: Uint8Array;
}

// JD Cloud documents no strict types inside `error`; a surprise there must not hide the error itself.
const ErrorPart = z.looseObject({
  code: z.int().nullish().catch(null),
  status: z.string().nullish().catch(null),
  message: z.string().nullish().catch(null),
});

const Envelope = z.looseObject({
  requestId: z.string().min(1).nullish().catch(null),
  result: z.unknown().optional(),
  error: ErrorPart.nullish(),
});
type Envelope = z.output<typeof Envelope>;

/** What could be read of an answer. */
export interface DecodedAnswer {
  /** JD Cloud's envelope; null when the body is something else. */
  readonly envelope: Envelope | null;
  /** What the body is when it is no envelope, for a message: `an HTML page`. */
  readonly bodyKind: string;
  /** From the body, else from the header x-jdcloud-request-id. */
  readonly requestId: string | null;
}

/** Decodes an answer. Never throws: a proxy's page, an empty or a cut body is an answer without envelope. */
export function decodeAnswer({ header, body }: HttpAnswer): DecodedAnswer {
  const text = new TextDecoder().decode(body).trim();
  const parsed = Envelope.safeParse(parseJson(text));
  const envelope = parsed.success && (parsed.data.requestId || parsed.data.error || 'result' in parsed.data);
  return {
    envelope: envelope ? parsed.data : null,
    bodyKind: kindOf(text),
    requestId: (envelope && parsed.data.requestId) || header('x-jdcloud-request-id') || null,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function kindOf(text: string): string {
  if (text === '') return 'an empty body';
  if (text.startsWith('<')) return 'an HTML page';
  if (/^[{[]/.test(text))
    return parseJson(text) === undefined ? 'JSON that is cut off or broken' : 'JSON of another shape';
  return 'a body that is not JSON';
}
