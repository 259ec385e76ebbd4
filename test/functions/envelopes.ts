import type { QueueEvent, RecordFailure } from '../../functions/queue.ts';

/** An EventBridge envelope as it lies in a queue. */
export const envelope = (type: string, detail: unknown, more: object = {}): string =>
  JSON.stringify({
    version: '0',
    id: 'e-1',
    'detail-type': type,
    source: 'drydock',
    account: '1',
    time: '2026-01-01T00:00:00Z',
    region: 'local',
    resources: [],
    detail,
    ...more,
  });

/** A batch of records; their ids are their places, from 0. */
export const batch = (...bodies: readonly string[]): QueueEvent => ({
  Records: bodies.map((body, at) => ({ messageId: String(at), body })),
});

/** Remembers what was emitted and what was reported as failed; `fail` lets the next emits of a kind fail. */
export function listening() {
  const emitted: { readonly type: string; readonly detail: Record<string, unknown> }[] = [];
  const reported: { readonly messageId: string; readonly final: boolean }[] = [];
  const failing = new Set<string>();
  return {
    emitted,
    reported,
    failing,
    types: () => emitted.map(({ type }) => type),
    emit: async (type: string, detail: object): Promise<void> => {
      if (failing.delete(type)) throw new Error(`the bus did not take ${type}`);
      emitted.push({ type, detail: detail as Record<string, unknown> });
    },
    report: ({ messageId, final }: RecordFailure): void => void reported.push({ messageId, final }),
  };
}
