import { type TarEntry, type TarLimits, TarReader } from '#shared/oci';

/** An entry with the content that the reader handed out; undefined when it handed out none. */
export interface ReadEntry extends TarEntry {
  readonly content: Buffer | undefined;
}

/** Reads a whole archive, cut into chunks of `chunkSize` bytes, and keeps every content. */
export function readTar(archive: Buffer, chunkSize = archive.length || 1, limits: TarLimits = {}): ReadEntry[] {
  return readTarFully(archive, chunkSize, limits).entries;
}

/** As readTar, with the reader itself. */
export function readTarFully(
  archive: Buffer,
  chunkSize: number,
  limits: TarLimits = {},
): { entries: ReadEntry[]; reader: TarReader } {
  const entries: ReadEntry[] = [];
  const reader = new TarReader(
    {
      entry(entry) {
        const index = entries.push({ ...entry, content: undefined }) - 1;
        const chunks: Buffer[] = [];
        return {
          data: (chunk) => chunks.push(Buffer.from(chunk)),
          end: () => {
            entries[index] = { ...entry, content: Buffer.concat(chunks) };
          },
        };
      },
    },
    limits,
  );
  for (let at = 0; at < archive.length; at += chunkSize) reader.write(archive.subarray(at, at + chunkSize));
  reader.end();
  return { entries, reader };
}

/** A raw header block with a right checksum, for archives that no honest writer makes. */
export function rawHeader(fields: {
  name?: string | Buffer;
  size?: number | Buffer;
  type?: string;
  link?: string;
  magic?: 'ustar' | 'gnu' | 'v7';
  prefix?: string;
  patch?: (block: Buffer) => void;
}): Buffer {
  const block = Buffer.alloc(512);
  Buffer.from(fields.name ?? 'file').copy(block, 0, 0, 100);
  block.write('0000644\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  const size = fields.size ?? 0;
  if (typeof size === 'number') block.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  else size.copy(block, 124);
  block.write('00000000000\0', 136, 'latin1');
  block.write(fields.type ?? '0', 156, 'latin1');
  block.write(fields.link ?? '', 157, 'latin1');
  const magic = fields.magic ?? 'ustar';
  if (magic === 'ustar') block.write('ustar\0' + '00', 257, 'latin1');
  if (magic === 'gnu') block.write('ustar  \0', 257, 'latin1');
  if (fields.prefix !== undefined) block.write(fields.prefix, 345, 'latin1');
  fields.patch?.(block);
  block.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Content padded to whole blocks. */
export function padded(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** A pax record with its own length. */
export function paxRecord(key: string, value: string): string {
  let length = key.length + value.length + 3;
  length += String(length + String(length).length).length;
  return `${length} ${key}=${value}\n`;
}

/** The two zero blocks that end an archive. */
export const END = Buffer.alloc(1024);
