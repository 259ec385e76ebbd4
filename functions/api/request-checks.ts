import type { ProblemKey } from '#shared/findings';
import type { WorkloadId } from '#shared/fleet';
import { keys, limits } from '#shared/store';
import type { ApiRequest } from './ports.ts';

/** A request that cannot be understood: nothing was done. The message says what to send. */
export class BadRequest extends Error {
  readonly code = 'bad-request';
  constructor(text: string) {
    super(text);
    this.name = 'BadRequest';
  }
}

/** A part of a path, decoded. Throws BadRequest. */
export function partOf(part: string | undefined): string {
  try {
    return decodeURIComponent(part ?? '');
  } catch {
    throw new BadRequest('the path holds a percent sign that is no encoding; encode each part of it');
  }
}

/**
 * Whether an acting request only asks what would happen. A word that is no yes or no, or a parameter that nobody knows, is refused: `?dry-run=1` must not
 * act. Throws BadRequest.
 */
export function dryRunOf({ query }: ApiRequest): boolean {
  const unknown = Object.keys(query).find((name) => name !== 'dryRun');
  if (unknown !== undefined)
    throw new BadRequest(
      `there is no parameter ${JSON.stringify(unknown.slice(0, 100))}; only dryRun=true or dryRun=false`,
    );
  return yesOf('dryRun', query.dryRun);
}

/** Whether a parameter is true; it is not when it is left out. Throws BadRequest for what is no yes or no. */
export function yesOf(name: string, value: string | undefined): boolean {
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw new BadRequest(`${name} is true or false`);
}

/** The file of a request: its body as text, or {"text": …}. Throws BadRequest for none: nothing at all must not replace a file. */
export function textOf(body: unknown): string {
  const text = typeof body === 'object' && body !== null && 'text' in body ? body.text : body;
  if (typeof text === 'string') return text;
  throw new BadRequest('send the file as the body, or as {"text": "…"}');
}

/** A day of the timeline; undefined: the last ones. Throws BadRequest. */
export function dayOf({ query }: ApiRequest): string | undefined {
  const { day } = query;
  if (day !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new BadRequest('day is a date such as 2026-01-31');
  return day;
}

/** What a query says under these names. Another one is refused: a list that does not know `cursor` would begin at its first page for ever. Throws BadRequest. */
export function namedOf<Name extends string>(
  { query }: ApiRequest,
  names: readonly Name[],
): Readonly<Partial<Record<Name, string>>> {
  const known: readonly string[] = names;
  const unknown = Object.keys(query).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new BadRequest(`there is no parameter ${JSON.stringify(unknown.slice(0, 100))}; only ${names.join(', ')}`);
  return query as Partial<Record<Name, string>>;
}

/** Whether a text can be the id of a workload: nothing that the table cannot hold is asked of it. */
export const isWorkloadId = (text: string): text is WorkloadId =>
  text !== '' && text.isWellFormed() && Buffer.byteLength(keys.fleetWorkload(text).sk) <= limits.sk;

/** The key of a problem, by its three parts. Throws BadRequest. */
export function keyOf({ finding, shard, name }: Readonly<Partial<Record<keyof ProblemKey, string>>>): ProblemKey {
  const key = { finding: finding ?? '', shard: shard ?? '', name: name ?? '' };
  const { pk } = keys.problem(key.finding, key.shard, key.name);
  if (Object.values(key).every((part) => part !== '') && pk.isWellFormed() && Buffer.byteLength(pk) <= limits.pk)
    return key;
  throw new BadRequest('finding, shard and name are those of the key of a problem');
}

/** The id of a workload; undefined: none is asked for. Throws BadRequest. */
export function workloadOf(id: string | undefined): WorkloadId | undefined {
  if (id === undefined || isWorkloadId(id)) return id;
  throw new BadRequest('workload is the id of a workload, such as 123456789012/eu-west-1/prod/checkout');
}
