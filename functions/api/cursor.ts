import type { WorkloadId } from '#shared/fleet';
import { limits } from '#shared/store';
import { BadRequest, isWorkloadId } from './request-checks.ts';

/** A sort key of the table is no longer; base64 and the rest come to it. */
const longest = 2_000;

/** Where a list goes on, as clients carry it: text that means nothing to them. */
export const cursorOf = (list: string, ...parts: readonly string[]): string =>
  Buffer.from(JSON.stringify([list, ...parts])).toString('base64url');

/**
 * What `cursorOf` was given. It comes back from outside: it can only say where in its own list to go on, and whoever uses the parts checks what they say.
 * Throws BadRequest for what no answer of this list gave as `next`.
 */
export function partsOf(list: string, cursor: string, count: number): readonly string[] {
  const parts = cursor.length > longest ? undefined : decoded(cursor);
  if (parts === undefined || parts.length !== count + 1 || parts[0] !== list) throw notGiven();
  return parts.slice(1);
}

/** The workload behind which a list of them goes on. Throws BadRequest as `partsOf`. */
export function workloadIn(list: string, cursor: string): WorkloadId {
  const [id = ''] = partsOf(list, cursor, 1);
  if (!isWorkloadId(id)) throw notGiven();
  return id;
}

/** The place behind which a list by time goes on, as its index has it: `<ISO time>#<id>`. Throws BadRequest as `partsOf`. */
export function placeIn(list: string, cursor: string): string {
  const [place = ''] = partsOf(list, cursor, 1);
  return placeText(place);
}

/** A place of a list by time, as it came from outside. Throws BadRequest for what is none. */
export function placeText(place: string): string {
  if (!/^\d{4}-\d\d-\d\dT[^#]*#./s.test(place) || Buffer.byteLength(place) > limits.sk) throw notGiven();
  return place;
}

/** The refusal of a cursor that no answer gave. */
export const notGiven = (): BadRequest =>
  new BadRequest('after is not what an answer of this list gave as next; leave it out to begin at the first page');

function decoded(cursor: string): readonly string[] | undefined {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.toString('base64url') !== cursor) return undefined;
  try {
    const parts: unknown = JSON.parse(bytes.toString());
    return Array.isArray(parts) && parts.every((part) => typeof part === 'string' && part.isWellFormed())
      ? parts
      : undefined;
  } catch {
    return undefined;
  }
}
