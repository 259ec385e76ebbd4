import { BLOCK } from './tar-header.ts';
import type { TarEntryKind } from './tar-types.ts';

/** An entry to write. What is left out is 0, empty, or the usual mode of its kind. */
export interface TarInput {
  readonly path: string;
  /** default: 'directory' if the path ends in '/', 'symlink' if there is a link target, else 'file' */
  readonly kind?: Exclude<TarEntryKind, 'other'>;
  readonly content?: Uint8Array | string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** seconds since 1970; default 0, so that the same entries make the same bytes */
  readonly mtime?: number;
  readonly linkTarget?: string;
  readonly xattrs?: Readonly<Record<string, Uint8Array | string>>;
}

const FLAGS: Readonly<Record<Exclude<TarEntryKind, 'other'>, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
};

const MAX_OCTAL_8 = 0o7777777;
const MAX_OCTAL_12 = 0o77777777777;

/**
 * Writes entries as a pax tar, in the order given, deterministically: the same entries make the same bytes.
 * What ustar cannot hold (long or non-ASCII names, big numbers, xattrs) goes into pax headers. Yields header, content
 * and padding as separate buffers, then the two zero blocks that end the archive.
 */
export function* tarWriter(entries: Iterable<TarInput>): Generator<Buffer, void, undefined> {
  for (const entry of entries) {
    const kind = kindOfInput(entry);
    const content = kind === 'file' ? bytesOf(entry.content ?? '') : Buffer.alloc(0);
    const records = paxRecords(entry, content.length);
    if (records.length > 0) {
      const body = Buffer.concat(records);
      yield header('PaxHeaders.0/entry', 'x', {
        mode: 0o644,
        uid: 0,
        gid: 0,
        mtime: 0,
        size: body.length,
        linkTarget: '',
      });
      yield body;
      yield padding(body.length);
    }
    yield header(entry.path, FLAGS[kind], {
      mode: entry.mode ?? (kind === 'directory' ? 0o755 : kind === 'symlink' ? 0o777 : 0o644),
      uid: entry.uid ?? 0,
      gid: entry.gid ?? 0,
      mtime: entry.mtime ?? 0,
      size: content.length,
      linkTarget: entry.linkTarget ?? '',
    });
    if (content.length > 0) {
      yield content;
      yield padding(content.length);
    }
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** The whole tar as one buffer, for small ones. */
export function tarBytes(entries: Iterable<TarInput>): Buffer {
  return Buffer.concat([...tarWriter(entries)]);
}

function kindOfInput(entry: TarInput): Exclude<TarEntryKind, 'other'> {
  if (entry.kind !== undefined) return entry.kind;
  if (entry.path.endsWith('/')) return 'directory';
  return entry.linkTarget === undefined ? 'file' : 'symlink';
}

function bytesOf(content: Uint8Array | string): Buffer {
  if (typeof content === 'string') return Buffer.from(content);
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
}

interface HeaderFields {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly size: number;
  readonly linkTarget: string;
}

function header(path: string, flag: string, fields: HeaderFields): Buffer {
  const block = Buffer.alloc(BLOCK);
  const name = Buffer.from(path);
  name.copy(block, 0, 0, Math.min(name.length, 100));
  octal(block, 100, 8, fields.mode);
  octal(block, 108, 8, fits(fields.uid, MAX_OCTAL_8));
  octal(block, 116, 8, fits(fields.gid, MAX_OCTAL_8));
  octal(block, 124, 12, fits(fields.size, MAX_OCTAL_12));
  octal(block, 136, 12, fits(fields.mtime, MAX_OCTAL_12));
  block.fill(0x20, 148, 156);
  block.write(flag, 156, 'latin1');
  const link = Buffer.from(fields.linkTarget);
  link.copy(block, 157, 0, Math.min(link.length, 100));
  block.write('ustar\0' + '00', 257, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function paxRecords(entry: TarInput, size: number): Buffer[] {
  const records: Buffer[] = [];
  if (needsPax(entry.path)) records.push(record('path', Buffer.from(entry.path)));
  if (entry.linkTarget !== undefined && needsPax(entry.linkTarget)) {
    records.push(record('linkpath', Buffer.from(entry.linkTarget)));
  }
  if (size > MAX_OCTAL_12) records.push(record('size', Buffer.from(String(size))));
  for (const key of ['uid', 'gid'] as const) {
    const value = entry[key];
    if (value !== undefined && value > MAX_OCTAL_8) records.push(record(key, Buffer.from(String(value))));
  }
  const { mtime } = entry;
  if (mtime !== undefined && (mtime < 0 || mtime > MAX_OCTAL_12)) {
    records.push(record('mtime', Buffer.from(String(Math.trunc(mtime)))));
  }
  for (const [name, value] of Object.entries(entry.xattrs ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    records.push(record(`SCHILY.xattr.${name}`, bytesOf(value)));
  }
  return records;
}

function record(key: string, value: Buffer): Buffer {
  // a record's length counts its own digits
  const rest = Buffer.byteLength(key) + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length !== String(rest).length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')]);
}

function needsPax(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes > 100 || bytes !== name.length;
}

function fits(value: number, max: number): number {
  const whole = Math.trunc(value);
  return whole < 0 || whole > max ? 0 : whole;
}

function octal(block: Buffer, at: number, length: number, value: number): void {
  block.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}
