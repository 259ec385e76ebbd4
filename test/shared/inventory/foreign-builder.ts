/** What a small program of Windows or macOS is made of. */
export interface ForeignInput {
  /** what may be written; build information stands at its start */
  readonly data: Buffer;
  /** what may not: Go's table of functions lies there */
  readonly readOnly?: Buffer;
  readonly is64?: boolean;
  /** further sections, by name */
  readonly sections?: Readonly<Record<string, Buffer>>;
  /** false: without the mark that Go's linker writes before the code */
  readonly isOfGo?: boolean;
}

const buildId = Buffer.from('\xff Go build ID: "aaaa/bbbb"\n \xff', 'latin1');
const align = (bytes: Buffer, to: number): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((to - (bytes.length % to)) % to)]);

/** A Windows program as Go's linker lays it out: code, what is read, what is written (Microsoft, "PE Format"). */
export function windowsProgram(input: ForeignInput): Buffer {
  const { is64 = true, data, readOnly = Buffer.alloc(0), sections = {}, isOfGo = true } = input;
  const parts = [
    { name: '.text', content: isOfGo ? buildId : Buffer.alloc(16), flags: 0x6000_0020 },
    { name: '.rdata', content: readOnly, flags: 0x4000_0040 },
    { name: '.data', content: data, flags: 0xc000_0040 },
    ...Object.entries(sections).map(([name, content]) => ({ name, content, flags: 0x4200_0040 })),
  ];
  const dos = Buffer.alloc(0x80);
  dos.write('MZ', 'latin1');
  dos.writeUInt32LE(0x80, 0x3c);
  const optional = Buffer.alloc((is64 ? 112 : 96) + 16 * 8);
  optional.writeUInt16LE(is64 ? 0x20b : 0x10b, 0);
  if (is64) optional.writeBigUInt64LE(0x1_4000_0000n, 24);
  else optional.writeUInt32LE(0x40_0000, 28);
  optional.writeUInt32LE(16, (is64 ? 112 : 96) - 4);
  const coff = Buffer.alloc(24);
  coff.write('PE\0\0', 'latin1');
  coff.writeUInt16LE(parts.length, 6);
  coff.writeUInt16LE(optional.length, 20);
  let place = 0x800;
  let address = 0x1000;
  const headers: Buffer[] = [];
  const contents: Buffer[] = [];
  for (const { name, content, flags } of parts) {
    const raw = align(content, 0x200);
    const header = Buffer.alloc(40);
    header.write(name, 'latin1');
    header.writeUInt32LE(content.length, 8);
    header.writeUInt32LE(address, 12);
    header.writeUInt32LE(raw.length, 16);
    header.writeUInt32LE(place, 20);
    header.writeUInt32LE(flags, 36);
    headers.push(header);
    contents.push(raw);
    place += raw.length;
    address += 0x1000 * Math.ceil(Math.max(1, raw.length) / 0x1000);
  }
  const head = Buffer.concat([dos, coff, optional, ...headers]);
  return Buffer.concat([head, Buffer.alloc(0x800 - head.length), ...contents]);
}

/** A macOS program with two segments, as Go's linker lays it out (mach-o/loader.h). */
export function macProgram(input: ForeignInput): Buffer {
  const { is64 = true, data, readOnly = Buffer.alloc(0), sections = {}, isOfGo = true } = input;
  const text = align(Buffer.concat([isOfGo ? buildId : Buffer.alloc(16)]), 16);
  const first = 0x800;
  const readOnlyAt = first + text.length;
  const dataAt = readOnlyAt + align(readOnly, 16).length;
  let place = dataAt + align(data, 16).length;
  const more = Object.entries(sections).map(([name, content]) => {
    const at = place;
    place += align(content, 16).length;
    return { name, at, size: content.length };
  });
  const base = is64 ? 0x1_0000_0000 : 0x1000;
  const native = (value: number): Buffer => {
    const bytes = Buffer.alloc(is64 ? 8 : 4);
    if (is64) bytes.writeBigUInt64LE(BigInt(value));
    else bytes.writeUInt32LE(value);
    return bytes;
  };
  const word = (...values: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, 4 * index);
    return bytes;
  };
  const named = (name: string): Buffer => {
    const bytes = Buffer.alloc(16);
    bytes.write(name, 'latin1');
    return bytes;
  };
  const section = (name: string, segment: string, at: number, size: number): Buffer =>
    Buffer.concat([
      named(name),
      named(segment),
      native(base + at),
      native(size),
      word(at, 4, 0, 0, 0, 0, 0),
      is64 ? word(0) : Buffer.alloc(0),
    ]);
  const segment = (name: string, from: number, to: number, protection: number, all: readonly Buffer[]): Buffer => {
    const own = Buffer.concat([
      named(name),
      native(base + from),
      native(to - from),
      native(from),
      native(to - from),
      word(protection, protection, all.length, 0),
      ...all,
    ]);
    return Buffer.concat([word(is64 ? 0x19 : 0x1, 8 + own.length), own]);
  };
  const commands = [
    segment('__TEXT', 0, dataAt, 5, [
      section('__text', '__TEXT', first, text.length),
      section('__gopclntab', '__TEXT', readOnlyAt, readOnly.length),
    ]),
    segment('__DATA', dataAt, place, 3, [
      ...(isOfGo ? [section('__go_buildinfo', '__DATA', dataAt, data.length)] : []),
      ...more.map(({ name, at, size }) => section(name, '__DATA', at, size)),
    ]),
  ];
  const size = commands.reduce((sum, command) => sum + command.length, 0);
  const head = Buffer.concat([
    word(is64 ? 0xfeed_facf : 0xfeed_face, 0x100_000c, 0, 2, commands.length, size, 0),
    is64 ? word(0) : Buffer.alloc(0),
    ...commands,
  ]);
  return Buffer.concat([
    head,
    Buffer.alloc(first - head.length),
    text,
    align(readOnly, 16),
    align(data, 16),
    ...Object.values(sections).map((content) => align(content, 16)),
  ]);
}

/** Programs for several processors in one file (mach-o/fat.h): numbers are big-endian. */
export function macPrograms(programs: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(4096);
  head.writeUInt32BE(0xcafe_babe, 0);
  head.writeUInt32BE(programs.length, 4);
  let place = head.length;
  for (const [index, program] of programs.entries()) {
    const at = 8 + 20 * index;
    head.writeUInt32BE(0x100_0007 + index, at);
    head.writeUInt32BE(place, at + 8);
    head.writeUInt32BE(program.length, at + 12);
    place += program.length;
  }
  return Buffer.concat([head, ...programs]);
}
