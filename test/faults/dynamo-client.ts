import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { seeded } from './seeded.ts';

/** How often what goes wrong on the wire, each from 0 to 1. */
export interface WireFaults {
  readonly seed: number;
  /** the service refuses before doing anything */
  readonly throttled?: number;
  /** the service did it, the answer never came */
  readonly lost?: number;
  /** a batch is done in part, the rest comes back as unprocessed */
  readonly partial?: number;
}

const error = (name: string): Error => Object.assign(new Error(`${name} on purpose`), { name });

/** Puts faults between the SDK's client and the service; the client is changed. `counts` says how many of each happened. */
export function faultyClient(
  client: DynamoDBClient,
  faults: WireFaults,
): { readonly counts: Readonly<Record<'throttled' | 'lost' | 'partial' | 'calls', number>> } {
  const random = seeded(faults.seed);
  const counts = { throttled: 0, lost: 0, partial: 0, calls: 0 };
  const happens = (fault: 'throttled' | 'lost' | 'partial'): boolean => {
    const yes = random() < (faults[fault] ?? 0);
    if (yes) counts[fault] += 1;
    return yes;
  };
  client.middlewareStack.add(
    (next) => async (args) => {
      counts.calls += 1;
      if (happens('throttled')) throw error('ProvisionedThroughputExceededException');
      const input = args.input as { RequestItems?: Record<string, unknown[] | { Keys: unknown[] }> };
      const [table, wanted] = Object.entries(input.RequestItems ?? {})[0] ?? [];
      const whole = Array.isArray(wanted) ? wanted : wanted?.Keys;
      if (table === undefined || wanted === undefined || whole === undefined || !happens('partial')) {
        const answer = await next(args);
        if (happens('lost')) throw error('TimeoutError');
        return answer;
      }
      const cut = Math.floor(random() * whole.length);
      const part = (members: unknown[]): typeof wanted =>
        Array.isArray(wanted) ? members : { ...wanted, Keys: members };
      const rest = { [table]: part(whole.slice(cut)) };
      const unprocessed = Array.isArray(wanted) ? { UnprocessedItems: rest } : { UnprocessedKeys: rest };
      if (cut === 0)
        return { response: {}, output: { $metadata: {}, ...unprocessed } } as unknown as Awaited<
          ReturnType<typeof next>
        >;
      const answer = await next({
        ...args,
        input: { ...input, RequestItems: { [table]: part(whole.slice(0, cut)) } } as typeof args.input,
      });
      Object.assign(answer.output as object, unprocessed);
      return answer;
    },
    { step: 'serialize', priority: 'high', name: 'faults', override: true },
  );
  return { counts };
}
