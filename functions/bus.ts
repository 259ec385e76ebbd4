import * as z from 'zod';
import type { BusEvent } from '#shared/events';
import { refusalText } from '#shared/oci';
import { type ServicePlace, type SignedCallOptions, signedCall } from '../shared/oci/adapters/signed-call.ts';

const answer = z.object({
  FailedEntryCount: z.number().default(0),
  Entries: z.array(z.object({ ErrorCode: z.string().optional(), ErrorMessage: z.string().optional() })).default([]),
});

/**
 * Puts an event on the bus `drydock` (EventBridge, PutEvents). Throws when EventBridge does not answer, refuses, or did not take the entry: the call itself succeeds then.
 */
export const busPut =
  ({ region, urlSuffix }: ServicePlace, options: SignedCallOptions = {}) =>
  async (event: BusEvent): Promise<void> => {
    const type = event['detail-type'];
    const outcome = await signedCall(
      {
        hostname: `events.${region}.${urlSuffix}`,
        service: 'events',
        region,
        target: 'AWSEvents.PutEvents',
        body: {
          Entries: [
            {
              EventBusName: 'drydock',
              Source: event.source,
              DetailType: type,
              Detail: JSON.stringify(event.detail),
              // seconds since 1970, as JSON 1.1 writes times
              Time: Date.parse(event.time) / 1000,
            },
          ],
        },
      },
      options,
    );
    if ('cause' in outcome) throw new Error(`EventBridge does not answer, and may not have taken ${type}`, outcome);
    if (outcome.status !== 200) throw new Error(`EventBridge did not take ${type} (${refusalText(outcome)})`);
    const { FailedEntryCount, Entries } = answer.parse(JSON.parse(outcome.text));
    if (FailedEntryCount > 0)
      throw new Error(
        `EventBridge did not take ${type}: ${Entries[0]?.ErrorCode ?? 'no code'} ${Entries[0]?.ErrorMessage ?? ''}`,
      );
  };
