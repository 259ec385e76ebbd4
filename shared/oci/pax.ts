import { BadTar } from './errors.ts';
import { decode } from './tar-header.ts';

/** What a pax extended header ('x') changes in the entry after it (POSIX pax, "pax Extended Header"). */
export interface PaxRecords {
  path?: string;
  linkTarget?: string;
  size?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
  xattrs?: Map<string, Buffer>;
  sparse?: PaxSparse;
}

/** GNU sparse formats 0.0, 0.1 and 1.0 in pax records (GNU tar manual, "Storing Sparse Files"). */
export interface PaxSparse {
  major?: string;
  minor?: string;
  name?: string;
  size?: number;
  /** offset and number of bytes in turn; empty where it stands before the content (1.0) */
  readonly map: number[];
}

const XATTR = 'SCHILY.xattr.';

/** Parses the body of an extended header: records of `<length> <key>=<value>\n`. Throws BadTar. */
export function parsePax(body: Buffer, offset: number): PaxRecords {
  const records: PaxRecords = {};
  let at = 0;
  while (at < body.length) {
    const space = body.indexOf(0x20, at);
    const length = space < 0 ? undefined : decimal(body.toString('latin1', at, space));
    if (length === undefined || length < 5) throw new BadTar(offset, 'a pax record has no length');
    const end = at + length;
    if (end > body.length || end - 1 <= space || body[end - 1] !== 0x0a) {
      throw new BadTar(offset, 'a pax record is longer or shorter than it says');
    }
    const equals = body.indexOf(0x3d, space + 1);
    if (equals < 0 || equals >= end - 1 || equals === space + 1) throw new BadTar(offset, 'a pax record has no key');
    take(records, decode(body.subarray(space + 1, equals)), body.subarray(equals + 1, end - 1), offset);
    at = end;
  }
  return records;
}

function take(records: PaxRecords, key: string, value: Buffer, offset: number): void {
  // an empty value means: keep what the header itself says
  if (value.length === 0 && !key.startsWith(XATTR)) return;
  switch (key) {
    case 'path':
      records.path = name(value, offset);
      return;
    case 'linkpath':
      records.linkTarget = name(value, offset);
      return;
    case 'size':
      records.size = whole(value, key, offset);
      return;
    case 'uid':
      records.uid = whole(value, key, offset);
      return;
    case 'gid':
      records.gid = whole(value, key, offset);
      return;
    case 'mtime':
      records.mtime = seconds(value, offset);
      return;
  }
  if (key.startsWith(XATTR)) {
    records.xattrs ??= new Map();
    // copied: the body is a view into the reader's buffer
    records.xattrs.set(key.slice(XATTR.length), Buffer.from(value));
  } else if (key.startsWith('GNU.sparse.')) {
    records.sparse = sparse(records.sparse ?? { map: [] }, key.slice(11), value, offset);
  }
}

function sparse(seen: PaxSparse, key: string, value: Buffer, offset: number): PaxSparse {
  switch (key) {
    case 'major':
      return { ...seen, major: decode(value) };
    case 'minor':
      return { ...seen, minor: decode(value) };
    case 'name':
      return { ...seen, name: name(value, offset) };
    case 'size':
    case 'realsize':
      return { ...seen, size: whole(value, key, offset) };
    case 'map':
      for (const each of value.toString('latin1').split(',')) seen.map.push(whole(each, key, offset));
      return seen;
    case 'offset':
    case 'numbytes':
      // each offset stands before its number of bytes
      if ((seen.map.length % 2 === 0) !== (key === 'offset')) throw new BadTar(offset, 'a sparse map is in no order');
      seen.map.push(whole(value, key, offset));
      return seen;
    default:
      return seen;
  }
}

/** Whether the map of a sparse file stands before its content. */
export const isMapInside = ({ major, minor }: PaxSparse): boolean => major === '1' && minor === '0';

/** Whether the records make the entry a sparse file, decided as Go decides it. */
export function isPaxSparse(records: PaxSparse | undefined): records is PaxSparse {
  if (records === undefined) return false;
  if (isMapInside(records)) return true;
  if (records.major === '0' && (records.minor === '0' || records.minor === '1')) return true;
  return records.map.length > 0;
}

function name(value: Buffer, offset: number): string {
  if (value.includes(0)) throw new BadTar(offset, 'a name in a pax record holds a NUL byte');
  return decode(value);
}

function whole(value: Buffer | string, key: string, offset: number): number {
  const text = typeof value === 'string' ? value : value.toString('latin1', 0, Math.min(value.length, 32));
  const number = decimal(text);
  if (number === undefined) throw new BadTar(offset, `the pax record ${key} is negative, absurd or no number`);
  return number;
}

function decimal(text: string): number | undefined {
  if (!/^[0-9]{1,19}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

function seconds(value: Buffer, offset: number): number {
  const match = /^(-?[0-9]{1,15})(\.[0-9]*)?$/.exec(value.toString('latin1', 0, Math.min(value.length, 64)));
  if (match === null) throw new BadTar(offset, 'the pax record mtime is no time');
  return Number(match[1]);
}
