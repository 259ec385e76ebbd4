import * as z from 'zod';
import { FleetError } from './errors.ts';

export interface PageRequest {
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
}

/** The paging fields of every List operation: at most 100 a page. */
export const pageInput = {
  nextToken: z.string().max(4096).optional(),
  maxResults: z.number().int().min(1).max(100).optional(),
};

/**
 * Cuts one page out of an ordered list of keys. The token names the last key that was given, so that rows which come or
 * go between two pages shift nothing. Throws InvalidParameterException on a token that is none of ours.
 */
export function pageOf(
  keys: readonly string[],
  request: PageRequest,
  usual: number,
): { readonly page: readonly string[]; readonly nextToken?: string } {
  const size = request.maxResults ?? usual;
  const start = request.nextToken === undefined ? 0 : startAfter(keys, request.nextToken);
  const page = keys.slice(start, start + size);
  const last = page.at(-1);
  if (last === undefined || start + size >= keys.length) return { page };
  return { page, nextToken: Buffer.from(JSON.stringify([last, start + size])).toString('base64url') };
}

/** When the key itself is gone, the place where it stood has to do. */
function startAfter(keys: readonly string[], token: string): number {
  const parsed = z.tuple([z.string(), z.number().int().min(0)]).safeParse(fromToken(token));
  if (!parsed.success) throw new FleetError('InvalidParameterException', 'Invalid token.');
  const [key, place] = parsed.data;
  const at = keys.indexOf(key);
  return at === -1 ? place : at + 1;
}

function fromToken(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
