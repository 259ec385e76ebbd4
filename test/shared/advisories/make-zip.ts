import { crc32, deflateRawSync } from 'node:zlib';

/** A zip archive in memory, as `zip` makes it; with `big` in zip64 form. For tests only. */
export function makeZip(
  entries: readonly { readonly name: string; readonly bytes: Uint8Array; readonly store?: boolean }[],
  options: { readonly big?: boolean; readonly comment?: string } = {},
): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, store } of entries) {
    const packed = store === true ? Buffer.from(bytes) : deflateRawSync(bytes);
    const fields = Buffer.alloc(22);
    fields.writeUInt16LE(store === true ? 0 : 8, 2);
    fields.writeUInt32LE(crc32(bytes), 8);
    fields.writeUInt32LE(options.big === true ? 0xffffffff : packed.length, 12);
    fields.writeUInt32LE(options.big === true ? 0xffffffff : bytes.length, 16);
    fields.writeUInt16LE(Buffer.byteLength(name), 20);
    const extra = options.big === true ? bigField(bytes.length, packed.length, offset) : Buffer.alloc(0);
    local.push(signed(0x04034b50, Buffer.from([45, 0]), fields, u16(0), Buffer.from(name), packed));
    const tail = Buffer.alloc(12);
    tail.writeUInt32LE(options.big === true ? 0xffffffff : offset, 8);
    central.push(
      signed(
        0x02014b50,
        Buffer.from([45, 3, 45, 0]),
        fields,
        u16(extra.length),
        u16(0),
        tail,
        Buffer.from(name),
        extra,
      ),
    );
    offset += local.at(-1)?.length ?? 0;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(options.big === true ? 0xffff : entries.length, 4);
  end.writeUInt16LE(options.big === true ? 0xffff : entries.length, 6);
  end.writeUInt32LE(options.big === true ? 0xffffffff : directory.length, 8);
  end.writeUInt32LE(options.big === true ? 0xffffffff : offset, 12);
  const comment = Buffer.from(options.comment ?? '');
  end.writeUInt16LE(comment.length, 16);
  const big = options.big === true ? bigEnd(entries.length, directory.length, offset) : Buffer.alloc(0);
  return Buffer.concat([...local, directory, big, signed(0x06054b50, end, comment)]);
}

function bigField(unpacked: number, packed: number, offset: number): Buffer {
  const field = Buffer.alloc(28);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(24, 2);
  for (const [at, value] of [unpacked, packed, offset].entries()) field.writeBigUInt64LE(BigInt(value), 4 + at * 8);
  return field;
}

function bigEnd(entries: number, length: number, offset: number): Buffer {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  for (const [at, value] of [entries, entries, length, offset].entries())
    record.writeBigUInt64LE(BigInt(value), 24 + at * 8);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + length), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function signed(signature: number, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(signature);
  return Buffer.concat([head, ...parts]);
}
