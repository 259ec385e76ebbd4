import { BrokenArchive } from '../errors.ts';

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * The members of the object that a large JSON document is, one after the other, so that no more than one of them is in memory. A key that occurs twice
 * comes twice.
 *
 * @param most bytes of one member
 * @throws BrokenArchive when it is no object, cut, or a member is too long or no JSON
 */
export async function* jsonMembers(
  pieces: AsyncIterable<Buffer>,
  about: string,
  most = 64 << 20,
): AsyncGenerator<readonly [key: string, value: unknown]> {
  const broken = (what: string): BrokenArchive => new BrokenArchive(about, what);
  const member = (parts: readonly Buffer[]): readonly [key: string, value: unknown] => {
    const text = Buffer.concat(parts).toString('utf8');
    try {
      const [entry] = Object.entries(JSON.parse(`{${text}}`) as Record<string, unknown>);
      if (entry !== undefined) return entry;
    } catch (cause) {
      throw new BrokenArchive(about, 'a member of it is no JSON', { cause });
    }
    throw broken('a member of it is empty');
  };
  let state: 'before' | 'inside' | 'after' = 'before';
  let depth = 0;
  let inString = false;
  let escaped = false;
  let parts: Buffer[] = [];
  let length = 0;
  let filled = false;
  for await (const piece of pieces) {
    let start = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const byte = piece[at] ?? 0;
      if (state !== 'inside') {
        if (isSpace(byte) || (state === 'before' && byte >= 0xbb)) continue;
        if (state === 'after') throw broken('it goes on after its end');
        if (byte !== openBrace) throw broken('it is no JSON object');
        state = 'inside';
        start = at + 1;
        continue;
      }
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) inString = false;
        continue;
      }
      if (byte === quote) {
        inString = true;
        filled = true;
      } else if (byte === openBrace || byte === openBracket) depth += 1;
      else if (depth > 0 && (byte === closeBrace || byte === closeBracket)) depth -= 1;
      else if (depth === 0 && (byte === comma || byte === closeBrace)) {
        parts.push(piece.subarray(start, at));
        if (filled) yield member(parts);
        else if (byte === comma) throw broken('a member of it is empty');
        parts = [];
        length = 0;
        filled = false;
        start = at + 1;
        if (byte === closeBrace) state = 'after';
      }
    }
    if (state !== 'inside') continue;
    length += piece.length - start;
    if (length > most) throw broken(`a member of it has more than ${most} bytes`);
    parts.push(piece.subarray(start));
  }
  if (state !== 'after') throw broken('it is cut, or empty');
}
