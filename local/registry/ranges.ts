/** Bytes `first` to `last`, both included, as HTTP counts. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

const DIGITS = /^\d{1,15}$/;

/**
 * Reads the `Range` header of a download of `size` bytes (RFC 9110, 14.2). Undefined means: send everything, as for units and lists of ranges that
 * a server may ignore.
 * @returns `unsatisfiable` when no byte of it exists, or when it ends before it begins (as the conformance suite wants it answered)
 */
export function downloadRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  if (header === undefined || !header.startsWith('bytes=')) return undefined;
  const spec = header.slice('bytes='.length).trim();
  const dash = spec.indexOf('-');
  const from = spec.slice(0, dash);
  const to = spec.slice(dash + 1);
  if (dash < 0 || (from !== '' && !DIGITS.test(from)) || (to !== '' && !DIGITS.test(to)) || spec === '-')
    return undefined;
  if (from === '') {
    const count = Number(to);
    return count === 0 || size === 0 ? 'unsatisfiable' : { first: Math.max(0, size - count), last: size - 1 };
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return first >= size || last < first ? 'unsatisfiable' : { first, last };
}

/**
 * Reads the `Content-Range` of an uploaded chunk: `<first>-<last>` (distribution-spec, "Pushing a blob in chunks"), or the HTTP form
 * `bytes <first>-<last>/<size>` that some clients send.
 */
export function chunkRange(header: string): ByteRange | 'malformed' {
  const found = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d{1,15}|\*))?$/.exec(header.trim());
  if (found === null) return 'malformed';
  const first = Number(found[1]);
  const last = Number(found[2]);
  return last < first ? 'malformed' : { first, last };
}
