interface Folder {
  files: Record<string, Folder | { size: number; offset: string }>;
}

/** An archive as Electron's packer makes it: two lengths twice, the tree of files as JSON, padded to four bytes, and their contents. */
export function asarOf(tree: Readonly<Record<string, string>>): Buffer {
  const root: Folder = { files: {} };
  const contents: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(tree)) {
    const parts = path.split('/');
    const name = parts.pop() ?? '';
    let folder = root;
    for (const part of parts) {
      folder.files[part] ??= { files: {} };
      folder = folder.files[part] as Folder;
    }
    const bytes = Buffer.from(text);
    folder.files[name] = { size: bytes.length, offset: String(offset) };
    contents.push(bytes);
    offset += bytes.length;
  }
  const header = Buffer.from(JSON.stringify(root));
  const padded = Math.ceil(header.length / 4) * 4;
  const lengths = Buffer.alloc(16);
  lengths.writeUInt32LE(4, 0);
  lengths.writeUInt32LE(padded + 8, 4);
  lengths.writeUInt32LE(padded + 4, 8);
  lengths.writeUInt32LE(header.length, 12);
  return Buffer.concat([lengths, header, Buffer.alloc(padded - header.length), ...contents]);
}
