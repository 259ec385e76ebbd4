import { type BusEvent, makeEvent } from '#shared/events';
import { keys, type Table } from '#shared/store';

/** Puts an event of ours on the bus `drydock`. Delivery is at least once; a rejected promise means that it may not be there. */
export type Emit = (detailType: string, detail: object, identity?: EventIdentity) => Promise<void>;

/** Makes the same thing, said twice, one event: the same id and time, and so one row of the timeline. */
export interface EventIdentity {
  readonly id: string;
  /** ISO */
  readonly time: string;
}

/** Event kinds that are plumbing: they start work, and people learn nothing from them. */
const quiet = new Set(['WorkloadsTouched', 'ImageWanted', 'SweepUnfinished']);

/**
 * The one way in which functions speak: writes the event on the timeline, then puts it on the bus. A crash in between shows an
 * event that nobody got; its sender is repeated and sends it again.
 */
export function makeEmit(ports: {
  readonly table: Table;
  readonly put: (event: BusEvent) => Promise<void>;
  readonly now: () => Date;
  readonly id: () => string;
  readonly account: string;
  readonly region: string;
}): Emit {
  return async (detailType, detail, identity) => {
    const event = makeEvent(detailType, detail, {
      now: identity === undefined ? ports.now() : new Date(identity.time),
      id: identity?.id ?? ports.id(),
      account: ports.account,
      region: ports.region,
    });
    if (!quiet.has(detailType)) {
      const at = keys.timeline(event.time.slice(0, 10), event.time, event.id);
      await ports.table.put({
        ...at,
        event: { id: event.id, time: event.time, type: detailType, detail: short(event.detail) },
      });
    }
    await ports.put(event);
  };
}

/** The timeline shows what happened, not everything that was said: lists are cut, so that a row stays small. */
function short(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 20).map(short);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, short(member)]));
  return typeof value === 'string' ? value.slice(0, 500) : value;
}
