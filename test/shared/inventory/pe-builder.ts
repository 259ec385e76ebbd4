/** A block of a version resource: length, value length, kind, key, value, blocks inside; each aligned to four bytes. */
function block(key: string, value: Buffer, isText: boolean, inner: readonly Buffer[] = []): Buffer {
  const head = padded(Buffer.concat([Buffer.alloc(6), Buffer.from(`${key}\0`, 'utf16le')]));
  const body = Buffer.concat([head, padded(value), ...inner.map(padded)]);
  const length = inner.length === 0 ? head.length + value.length : body.length;
  body.writeUInt16LE(length, 0);
  body.writeUInt16LE(isText ? value.length / 2 : value.length, 2);
  body.writeUInt16LE(isText ? 1 : 0, 4);
  return body;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

/** A folder of resources that leads to one entry. */
function resourceFolder(id: number, target: number): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt16LE(1, 14);
  bytes.writeUInt32LE(id, 16);
  bytes.writeUInt32LE(target, 20);
  return bytes;
}

/**
 * A PE file with one section that holds a version resource of these strings, as compilers of .NET write it (Microsoft, "PE Format"). `managed`:
 * the directory of the common language runtime is there. `wide`: PE32+.
 */
export function peOf(
  strings: Readonly<Record<string, string>>,
  options: { readonly managed?: boolean; readonly wide?: boolean } = {},
): Buffer {
  const { managed = true, wide = false } = options;
  const fixed = Buffer.alloc(52);
  fixed.writeUInt32LE(0xfeef04bd, 0);
  const texts = Object.entries(strings).map(([key, value]) => block(key, Buffer.from(`${value}\0`, 'utf16le'), true));
  const table = block('StringFileInfo', Buffer.alloc(0), true, [block('000004b0', Buffer.alloc(0), true, texts)]);
  const translation = block('VarFileInfo', Buffer.alloc(0), true, [block('Translation', Buffer.alloc(4), false)]);
  const version = block('VS_VERSION_INFO', fixed, false, [translation, table]);

  const address = 0x4000;
  const place = Buffer.alloc(16);
  place.writeUInt32LE(address + 88, 0);
  place.writeUInt32LE(version.length, 4);
  const folder = 0x80000000;
  const section = Buffer.concat([
    resourceFolder(16, folder + 24),
    resourceFolder(1, folder + 48),
    resourceFolder(0x409, 72),
    place,
    version,
  ]);

  const optional = Buffer.alloc((wide ? 112 : 96) + 16 * 8);
  optional.writeUInt16LE(wide ? 0x20b : 0x10b, 0);
  const directories = wide ? 112 : 96;
  optional.writeUInt32LE(16, directories - 4);
  optional.writeUInt32LE(address, directories + 2 * 8);
  optional.writeUInt32LE(section.length, directories + 2 * 8 + 4);
  if (managed) optional.writeUInt32LE(0x2008, directories + 14 * 8);
  const dos = Buffer.alloc(0x80);
  dos.write('MZ', 'latin1');
  dos.writeUInt32LE(0x80, 0x3c);
  const coff = Buffer.alloc(24);
  coff.write('PE\0\0', 'latin1');
  coff.writeUInt16LE(1, 6);
  coff.writeUInt16LE(optional.length, 20);
  const header = Buffer.alloc(40);
  header.write('.rsrc', 'latin1');
  header.writeUInt32LE(section.length, 8);
  header.writeUInt32LE(address, 12);
  header.writeUInt32LE(section.length, 16);
  header.writeUInt32LE(dos.length + coff.length + optional.length + header.length, 20);
  return Buffer.concat([dos, coff, optional, header, section]);
}
