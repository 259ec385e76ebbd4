import * as z from 'zod';
import { eventDetails } from './own-events.ts';

/** What an id, a time and a place look like is the sender's; only the parts that we route by are certain. */
const envelope = z.object({
  version: z.string().default('0'),
  id: z.string().min(1).max(256),
  'detail-type': z.string().min(1).max(256),
  source: z.string().min(1).max(256),
  account: z.string().max(64),
  time: z.string().max(64),
  region: z.string().max(64),
  resources: z.array(z.string().max(2048)).max(1000).default([]),
  // EventBridge Scheduler sends `"{}"`, a string (aws.md 1.2)
  detail: z.union([z.record(z.string(), z.unknown()), z.string().transform(() => ({}))]),
});

/** An event as it lies in a queue: EventBridge's envelope; `detail` is whatever the sender says and is parsed by who reads it. */
export interface BusEvent {
  readonly version: string;
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

const body = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'the body is not JSON' });
    return z.NEVER;
  }
});

/** Reads a queue record's body. Throws ZodError for anything that is no EventBridge envelope; repeating cannot help then. */
export const parseBusEvent = (text: string): BusEvent => body.pipe(envelope).parse(text);

/** The source of our own events. */
export const ownSource = 'drydock';

/** One entry of PutEvents holds 1 MB with its envelope (aws.md section 5); the rest is room for what AWS adds. */
export const maxEventBytes = 1_000_000;

/** An event of ours that must not be sent: unknown kind, other shape, too large. A fault of the sender, not of its input. */
export class EventError extends Error {
  override readonly name = 'EventError';
  readonly code = 'bad-event';
  readonly about: string;
  constructor(about: string, advice: string, options?: ErrorOptions) {
    super(`event ${about}: ${advice}`, options);
    this.about = about;
  }
}

/**
 * Makes an event of our own for the bus `drydock`. The detail is parsed by its schema, so that what is sent is what readers will accept, defaults filled in.
 * Throws EventError for a kind without schema, a detail of another shape, or one over 1 MB.
 */
export function makeEvent(
  detailType: string,
  detail: object,
  at: { readonly now: Date; readonly id: string; readonly account?: string; readonly region?: string },
): BusEvent {
  const schema = Object.hasOwn(eventDetails, detailType)
    ? eventDetails[detailType as keyof typeof eventDetails]
    : undefined;
  if (schema === undefined)
    throw new EventError(detailType, 'it has no schema; add one to shared/events/own-events.ts');
  const parsed = schema.safeParse(detail);
  if (!parsed.success)
    throw new EventError(detailType, `its detail is not what readers expect: ${z.prettifyError(parsed.error)}`, {
      cause: parsed.error,
    });
  const event: BusEvent = {
    version: '0',
    id: at.id,
    'detail-type': detailType,
    source: ownSource,
    account: at.account ?? '000000000000',
    time: at.now.toISOString(),
    region: at.region ?? 'local',
    resources: [],
    detail: parsed.data as Record<string, unknown>,
  };
  const size = Buffer.byteLength(JSON.stringify(event));
  if (size > maxEventBytes)
    throw new EventError(detailType, `it is ${size} bytes, ${maxEventBytes} are the most; send several`);
  return event;
}
