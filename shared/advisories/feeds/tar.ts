import { BrokenArchive } from '../errors.ts';
import { byteReader } from './byte-reader.ts';

const block = 512;

/**
 * The regular files of a tar stream whose names are wanted, each whole; others are passed over. Long names of GNU and pax are read. Names are only
 * names: nothing is written. Source: POSIX.1-2017 pax, "ustar Interchange Format".
 *
 * @param most bytes of one file that is wanted
 * @throws BrokenArchive when it is cut or no tar
 */
export async function* tarFiles(
  pieces: AsyncIterable<Buffer>,
  about: string,
  wanted: (name: string) => boolean,
  most = 64 << 20,
): AsyncGenerator<{ readonly name: string; readonly bytes: Buffer }> {
  const reader = byteReader(pieces, about);
  let longName: string | undefined;
  for (;;) {
    const head = await reader.exactly(block);
    if (head.every((byte) => byte === 0)) return;
    const size = sizeOf(head, about);
    const padding = (block - (size % block)) % block;
    const type = String.fromCharCode(head[156] ?? 0);
    const name = longName ?? nameOf(head);
    if (type === 'L' || type === 'x') {
      if (size > 1 << 20) throw new BrokenArchive(about, 'a name in it has no end');
      longName = longNameOf(type, await reader.exactly(size)) ?? longName;
      await reader.exactly(padding);
      continue;
    }
    longName = undefined;
    if ((type === '0' || type === '\0') && wanted(name)) {
      if (size > most) throw new BrokenArchive(about, `${name} has ${size} bytes`);
      yield { name, bytes: await reader.exactly(size) };
      await reader.exactly(padding);
      continue;
    }
    for (let left = size + padding; left > 0; ) left -= (await reader.exactly(Math.min(left, 1 << 20))).length;
  }
}

function sizeOf(head: Buffer, about: string): number {
  const sum = [...head].reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  const said = Number.parseInt(
    head
      .toString('latin1', 148, 156)
      .replace(/[\0 ].*$/s, '')
      .trim() || '0',
    8,
  );
  const text = head.toString('latin1', 124, 136).replace(/\0.*$/s, '').trim();
  if (sum !== said || !/^[0-7]{1,12}$/.test(text)) throw new BrokenArchive(about, 'it is no tar archive, or damaged');
  return Number.parseInt(text, 8);
}

const cString = (bytes: Buffer): string => bytes.toString('utf8').replace(/\0.*$/s, '');

function nameOf(head: Buffer): string {
  const prefix = head.toString('latin1', 257, 262) === 'ustar' ? cString(head.subarray(345, 500)) : '';
  const name = cString(head.subarray(0, 100));
  return prefix === '' ? name : `${prefix}/${name}`;
}

const longNameOf = (type: 'L' | 'x', bytes: Buffer): string | undefined =>
  type === 'L' ? cString(bytes) : /^\d+ path=(.*)$/m.exec(bytes.toString('utf8'))?.[1];
