import { open } from 'node:fs/promises';
import { crc32, deflateRawSync } from 'node:zlib';

/**
 * Writes a zip64 archive of many records, in bounded memory itself: a few bodies under many names, or what `make` gives for each place. For tests and
 * benchmarks only.
 */
export async function writeLargeZip(
  path: string,
  entries: number,
  size: number,
  make?: (n: number) => { readonly name: string; readonly bytes: Buffer },
): Promise<{ readonly entries: number; readonly unpacked: number; readonly bytes: number }> {
  const bodies = make === undefined ? Array.from({ length: 16 }, (_, n) => body(n, size)) : [];
  const made = (n: number): Body & { readonly name: Buffer } => {
    const one = make?.(n);
    if (one !== undefined) return { name: Buffer.from(one.name), ...packed(one.bytes) };
    return {
      name: Buffer.from(`CGA-${String(n).padStart(8, '0')}.json`),
      ...(bodies[n % bodies.length] ?? body(0, size)),
    };
  };
  const file = await open(path, 'w');
  const central: Buffer[] = [];
  let held: Buffer[] = [];
  let offset = 0;
  let unpacked = 0;
  const flush = async (): Promise<void> => {
    await file.write(Buffer.concat(held));
    held = [];
  };
  for (let n = 0; n < entries; n += 1) {
    const { packed, length, crc, name } = made(n);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(45, 4);
    local.writeUInt16LE(8, 8);
    fields(local, 14, crc, packed.length, length, name.length);
    const entry = Buffer.alloc(46 + name.length + 12);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(45, 6);
    entry.writeUInt16LE(8, 10);
    fields(entry, 16, crc, packed.length, length, name.length);
    entry.writeUInt16LE(12, 30);
    entry.writeUInt32LE(0xffffffff, 42);
    name.copy(entry, 46);
    entry.writeUInt16LE(1, 46 + name.length);
    entry.writeUInt16LE(8, 48 + name.length);
    entry.writeBigUInt64LE(BigInt(offset), 50 + name.length);
    central.push(entry);
    held.push(local, name, packed);
    offset += 30 + name.length + packed.length;
    unpacked += length;
    if (held.length > 3_000) await flush();
  }
  await flush();
  let directory = 0;
  for (let at = 0; at < central.length; at += 1_000) {
    const part = Buffer.concat(central.slice(at, at + 1_000));
    directory += part.length;
    await file.write(part);
  }
  const end = ending(entries, directory, offset);
  await file.write(end);
  await file.close();
  return { entries, unpacked, bytes: offset + directory + end.length };
}

interface Body {
  readonly packed: Buffer;
  readonly length: number;
  readonly crc: number;
}

const packed = (bytes: Buffer): Body => ({
  packed: deflateRawSync(bytes, { level: 1 }),
  length: bytes.length,
  crc: crc32(bytes),
});

function body(n: number, size: number): Body {
  const bytes = Buffer.from(
    JSON.stringify({
      id: `CGA-${n}`,
      modified: '2026-01-01T00:00:00Z',
      affected: [
        {
          package: { ecosystem: 'Chainguard', name: `p${n}` },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
        },
      ],
      details: Array.from({ length: Math.ceil(size / 12) }, (_, at) => ((at * 2_654_435_761 + n) % 1e11).toString(36))
        .join(' ')
        .slice(0, size),
    }),
  );
  return { packed: deflateRawSync(bytes), length: bytes.length, crc: crc32(bytes) };
}

function fields(into: Buffer, at: number, crc: number, packed: number, length: number, name: number): void {
  into.writeUInt32LE(crc, at);
  into.writeUInt32LE(packed, at + 4);
  into.writeUInt32LE(length, at + 8);
  into.writeUInt16LE(name, at + 12);
}

function ending(entries: number, length: number, start: number): Buffer {
  const bytes = Buffer.alloc(56 + 20 + 22);
  bytes.writeUInt32LE(0x06064b50, 0);
  bytes.writeBigUInt64LE(44n, 4);
  for (const [at, value] of [entries, entries, length, start].entries())
    bytes.writeBigUInt64LE(BigInt(value), 24 + at * 8);
  bytes.writeUInt32LE(0x07064b50, 56);
  bytes.writeBigUInt64LE(BigInt(start + length), 64);
  bytes.writeUInt32LE(1, 72);
  bytes.writeUInt32LE(0x06054b50, 76);
  bytes.writeUInt16LE(0xffff, 84);
  bytes.writeUInt16LE(0xffff, 86);
  bytes.writeUInt32LE(0xffffffff, 88);
  bytes.writeUInt32LE(0xffffffff, 92);
  return bytes;
}
