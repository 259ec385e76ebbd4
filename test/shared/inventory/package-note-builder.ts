/** A `.note.package`, as `ld --package-metadata` lays it out: sizes, type, owner, JSON, NUL. */
export function packageNote(text: string, { owner = 'FDO\0', type = 0xcafe1a7e } = {}): Buffer {
  const json = Buffer.from(`${text}\0`);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(4, 0);
  header.writeUInt32LE(json.length, 4);
  header.writeUInt32LE(type, 8);
  header.write(owner, 12, 'latin1');
  return Buffer.concat([header, json, Buffer.alloc(-json.length & 3)]);
}
