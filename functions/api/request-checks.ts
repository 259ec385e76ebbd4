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
  const { dryRun } = query;
  if (dryRun === undefined || dryRun === 'false') return false;
  if (dryRun === 'true') return true;
  throw new BadRequest('dryRun is true or false');
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
