import { describe, expect, it } from 'vitest';
import { busPut } from '../../functions/bus.ts';
import { says, services } from './services.ts';

const place = { region: 'eu-central-1', urlSuffix: 'amazonaws.com' };
const event = {
  version: '0',
  id: 'e-1',
  'detail-type': 'ImageScanned',
  source: 'drydock',
  account: '123456789012',
  time: '2026-01-01T00:00:00.250Z',
  region: 'eu-central-1',
  resources: [],
  detail: { digest: 'x' },
};
const taken = says({ FailedEntryCount: 0, Entries: [{ EventId: 'e' }] });

describe('the bus', () => {
  it('takes an event as it is', async () => {
    const { asked, options } = services(taken);
    await busPut(place, options)(event);
    expect(asked).toEqual([
      {
        url: 'https://events.eu-central-1.amazonaws.com/',
        target: 'AWSEvents.PutEvents',
        type: 'application/x-amz-json-1.1',
        body: {
          Entries: [
            {
              EventBusName: 'drydock',
              Source: 'drydock',
              DetailType: 'ImageScanned',
              Detail: '{"digest":"x"}',
              Time: 1767225600.25,
            },
          ],
        },
      },
    ]);
  });

  it('has not taken an event when the call succeeds and the entry failed', async () => {
    const { options } = services(says({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] }));
    await expect(busPut(place, options)(event)).rejects.toThrow(
      'EventBridge did not take ImageScanned: InternalFailure',
    );
  });

  it('that is asked too often is asked again', async () => {
    const busy = says({ __type: 'ThrottlingException', message: 'Rate exceeded' }, 400);
    const { asked, options } = services(busy, taken);
    await busPut(place, options)(event);
    expect(asked).toHaveLength(2);
  });

  it('that refuses says why, at once', async () => {
    const denied = says({ __type: 'AccessDeniedException', Message: 'may not' }, 400);
    const { asked, options } = services(denied);
    await expect(busPut(place, options)(event)).rejects.toThrow(
      'EventBridge did not take ImageScanned (400, AccessDeniedException: may not)',
    );
    expect(asked).toHaveLength(1);
  });

  it('that never answers has perhaps not taken the event', async () => {
    const { options } = services(new Error('cut'));
    await expect(busPut(place, options)(event)).rejects.toThrow('may not have taken ImageScanned');
  });
});
