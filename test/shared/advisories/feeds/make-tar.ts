/** A tar archive of regular files; names of more than a hundred bytes as GNU writes them. For tests only. */
export function tarOf(
  files: readonly { readonly name: string; readonly bytes: Buffer; readonly type?: string }[],
): Buffer {
  const parts = files.flatMap(({ name, bytes, type }) => [
    ...(name.length > 100 ? [head('././@LongLink', name.length, 'L'), padded(Buffer.from(name))] : []),
    head(name.slice(0, 100), bytes.length, type ?? '0'),
    padded(bytes),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);

function head(name: string, size: number, type: string): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write(name, 0);
  bytes.write('0000644\0', 100);
  bytes.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  bytes.write('        ', 148);
  bytes.write(type, 156);
  bytes.write('ustar\x0000', 257, 'latin1');
  const sum = bytes.reduce((all, byte) => all + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}
