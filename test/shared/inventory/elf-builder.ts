/** What an ELF file is made of; everything may be left out. */
export interface ElfInput {
  readonly is64?: boolean;
  readonly isLittle?: boolean;
  /** e_type: 2 executable, 3 shared object */
  readonly type?: number;
  readonly machine?: number;
  readonly loader?: string;
  readonly soname?: string;
  readonly needed?: readonly { readonly name: string; readonly versions?: readonly string[] }[];
  readonly defines?: readonly string[];
  /** DT_FLAGS_1 */
  readonly flags1?: number;
  readonly buildId?: Buffer;
  /** another note, by its owner */
  readonly noteOf?: string;
  /** bytes between the read-only and the writable segment, as code would be */
  readonly code?: number | Buffer;
  /** what the writable segment begins with; `.go.buildinfo` stands there */
  readonly data?: Buffer;
  /** how many bytes of `data` are written once, while loading (PT_GNU_RELRO) */
  readonly relro?: number;
  /** where the writable segment is mapped */
  readonly dataAt?: number;
  /** the name of the section that `data` is; '' for none */
  readonly dataName?: string;
  /** where in `data` that section begins */
  readonly dataNameAt?: number;
  /** sections that are in no segment */
  readonly sections?: Readonly<Record<string, Buffer>>;
  /** false: no table of sections, as after sstrip */
  readonly hasSections?: boolean;
}

/** where the first byte of the file is mapped */
export const readOnlyAddress = 0x40_0000;
export const writableAddress = 0x800_0000;

/** A small ELF file with two segments, as linkers lay it out: tables, code, then what may be written, then sections. */
export function elfFile(input: ElfInput = {}): Buffer {
  const { is64 = true, isLittle = true, type = 2, machine = 62, hasSections = true, dataAt = writableAddress } = input;
  const { dataName = '.data', dataNameAt = 0 } = input;
  const words = wordsOf(is64, isLittle);
  const strings = new Strings();
  const neededAt = (input.needed ?? []).map(({ name }) => strings.add(name));
  const verneed = verneedOf(input.needed ?? [], strings, words);
  const verdef = verdefOf(input.defines ?? [], strings, words);
  const sonameAt = input.soname === undefined ? undefined : strings.add(input.soname);
  const isDynamic = neededAt.length > 0 || sonameAt !== undefined || verdef.length > 0 || input.flags1 !== undefined;

  const segments = 6;
  const headers = (is64 ? 64 : 52) + segments * (is64 ? 56 : 32);
  const file = new Layout(headers);
  const interp = file.add(input.loader === undefined ? Buffer.alloc(0) : Buffer.from(`${input.loader}\0`));
  const note = file.add(
    Buffer.concat([
      ...(input.noteOf === undefined ? [] : [noteOf(input.noteOf, 4, Buffer.from('text'), words)]),
      ...(input.buildId === undefined ? [] : [noteOf('GNU', 3, input.buildId, words)]),
    ]),
  );
  const dynstr = file.add(strings.bytes());
  const verneedPart = file.add(verneed);
  const verdefPart = file.add(verdef);
  const code = file.add(
    typeof input.code === 'number' ? Buffer.alloc(input.code, 0x90) : (input.code ?? Buffer.alloc(0)),
  );
  const readOnlyEnd = file.size;
  const data = file.add(input.data ?? Buffer.alloc(0));
  const at = (part: Part): number => readOnlyAddress + part.offset;
  const tags: [number, number][] = [];
  if (isDynamic) {
    for (const name of neededAt) tags.push([1, name]);
    if (sonameAt !== undefined) tags.push([14, sonameAt]);
    tags.push([5, at(dynstr)], [10, dynstr.size]);
    if (verneed.length > 0) tags.push([0x6ffffffe, at(verneedPart)], [0x6fffffff, input.needed?.length ?? 0]);
    if (verdef.length > 0) tags.push([0x6ffffffc, at(verdefPart)]);
    if (input.flags1 !== undefined) tags.push([0x6ffffffb, input.flags1]);
    tags.push([0, 0]);
  }
  const dynamic = file.add(Buffer.concat(tags.flatMap(([name, value]) => [words.native(name), words.native(value)])));
  const writableEnd = file.size;

  const named: { name: string; part: Part; address: number }[] = [];
  if (input.data !== undefined && dataName !== '') {
    const part = { offset: data.offset + dataNameAt, size: data.size - dataNameAt };
    named.push({ name: dataName, part, address: dataAt + dataNameAt });
  }
  if (typeof input.code !== 'number' && input.code !== undefined)
    named.push({ name: '.rodata', part: code, address: readOnlyAddress + code.offset });
  for (const [name, content] of Object.entries(input.sections ?? {}))
    named.push({ name, part: file.add(content), address: 0 });
  const names = new Strings();
  const nameAt = named.map(({ name }) => names.add(name));
  const ownName = names.add('.shstrtab');
  const shstrtab = file.add(names.bytes());
  const section = (name: number, kind: number, address: number, part: Part): Buffer =>
    Buffer.concat([
      words.word(name),
      words.word(kind),
      words.native(0),
      words.native(address),
      words.native(part.offset),
      words.native(part.size),
      words.word(0),
      words.word(0),
      words.native(1),
      words.native(0),
    ]);
  const table = Buffer.concat([
    section(0, 0, 0, { offset: 0, size: 0 }),
    ...named.map(({ part, address }, index) => section(nameAt[index] ?? 0, 1, address, part)),
    section(ownName, 3, 0, shstrtab),
  ]);
  const sectionTable = hasSections ? file.add(table) : { offset: 0, size: 0 };

  const segment = (kind: number, flags: number, part: Part, address: number): Buffer =>
    Buffer.concat(
      is64
        ? [
            words.word(kind),
            words.word(flags),
            words.native(part.offset),
            words.native(address),
            words.native(address),
            words.native(part.size),
            words.native(part.size),
            words.native(8),
          ]
        : [
            words.word(kind),
            words.native(part.offset),
            words.native(address),
            words.native(address),
            words.native(part.size),
            words.native(part.size),
            words.word(flags),
            words.native(8),
          ],
    );
  const none = segment(0, 0, { offset: 0, size: 0 }, 0);
  const program = [
    segment(1, 5, { offset: 0, size: readOnlyEnd }, readOnlyAddress),
    segment(1, 6, { offset: data.offset, size: writableEnd - data.offset }, dataAt),
    input.loader === undefined ? none : segment(3, 4, interp, at(interp)),
    note.size === 0 ? none : segment(4, 4, note, at(note)),
    input.relro === undefined ? none : segment(0x6474e552, 4, { offset: data.offset, size: input.relro }, dataAt),
    isDynamic ? segment(2, 6, dynamic, dataAt + dynamic.offset - data.offset) : none,
  ];
  const count = 2 + named.length;
  const head = Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, isLittle ? 1 : 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    words.half(type),
    words.half(machine),
    words.word(1),
    words.native(readOnlyAddress),
    words.native(is64 ? 64 : 52),
    words.native(sectionTable.offset),
    words.word(0),
    words.half(is64 ? 64 : 52),
    words.half(is64 ? 56 : 32),
    words.half(segments),
    words.half(is64 ? 64 : 40),
    words.half(hasSections ? count : 0),
    words.half(hasSections ? count - 1 : 0),
    ...program,
  ]);
  return file.bytes(head);
}

interface Part {
  readonly offset: number;
  readonly size: number;
}

class Layout {
  readonly #parts: Buffer[] = [];
  size: number;

  constructor(headers: number) {
    this.size = headers;
  }

  add(content: Buffer): Part {
    const offset = 16 * Math.ceil(this.size / 16);
    this.#parts.push(Buffer.alloc(offset - this.size), content);
    this.size = offset + content.length;
    return { offset, size: content.length };
  }

  bytes(head: Buffer): Buffer {
    return Buffer.concat([head, ...this.#parts]);
  }
}

class Strings {
  #text = '\0';

  add(text: string): number {
    const at = this.#text.length;
    this.#text += `${text}\0`;
    return at;
  }

  bytes(): Buffer {
    return Buffer.from(this.#text, 'latin1');
  }
}

type Words = ReturnType<typeof wordsOf>;

function wordsOf(is64: boolean, isLittle: boolean) {
  const make = (size: number, write: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.alloc(size);
    write(bytes);
    return isLittle ? bytes : Buffer.from(bytes.reverse());
  };
  return {
    half: (value: number) => make(2, (bytes) => bytes.writeUInt16LE(value)),
    word: (value: number) => make(4, (bytes) => bytes.writeUInt32LE(value)),
    native: (value: number) =>
      is64 ? make(8, (bytes) => bytes.writeBigUInt64LE(BigInt(value))) : make(4, (bytes) => bytes.writeUInt32LE(value)),
  };
}

function verneedOf(needed: NonNullable<ElfInput['needed']>, strings: Strings, { half, word }: Words): Buffer {
  const files = needed.filter(({ versions }) => versions !== undefined && versions.length > 0);
  return Buffer.concat(
    files.map(({ name, versions = [] }, index) => {
      const entries = versions.map((version, at) =>
        Buffer.concat([
          word(0),
          half(0),
          half(2),
          word(strings.add(version)),
          word(at === versions.length - 1 ? 0 : 16),
        ]),
      );
      const isLast = index === files.length - 1;
      return Buffer.concat([
        half(1),
        half(versions.length),
        word(strings.add(name)),
        word(16),
        word(isLast ? 0 : 16 + 16 * versions.length),
        ...entries,
      ]);
    }),
  );
}

function verdefOf(defines: readonly string[], strings: Strings, { half, word }: Words): Buffer {
  if (defines.length === 0) return Buffer.alloc(0);
  // the first one is the library's own name
  const all = ['libself.so.1', ...defines];
  return Buffer.concat(
    all.map((name, index) =>
      Buffer.concat([
        half(1),
        half(index === 0 ? 1 : 0),
        half(index + 1),
        half(1),
        word(0),
        word(20),
        word(index === all.length - 1 ? 0 : 28),
        word(strings.add(name)),
        word(0),
      ]),
    ),
  );
}

function noteOf(owner: string, type: number, content: Buffer, { word }: Words): Buffer {
  const name = Buffer.alloc(4 * Math.ceil((owner.length + 1) / 4));
  name.write(owner);
  return Buffer.concat([word(name.length), word(content.length), word(type), name, content]);
}
