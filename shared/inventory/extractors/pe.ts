import { wholeFile } from '../elf/index.ts';
import { PeFile } from '../program-files/index.ts';

/** What is looked for in a Windows program or library. */
export interface PortableExecutable {
  /** it holds .NET code: the directory of the common language runtime is there */
  readonly isManaged: boolean;
  /** the strings of its version resource (FileVersion, ProductName …) of the first language; empty when it has none */
  readonly strings: ReadonlyMap<string, string>;
}

const resourceDirectory = 2;
const clrDirectory = 14;
const versionResource = 16;
const mostEntries = 4096;
const mostBlocks = 1000;
const longestString = 512;

/**
 * Reads the headers and the version resource of a PE file (Microsoft, "PE Format"; "VS_VERSIONINFO structure"). undefined: no such file.
 * Every offset is checked against the bytes that are there; a resource that is broken has no strings.
 */
export function readPe(bytes: Buffer): PortableExecutable | undefined {
  const file = PeFile.open(wholeFile(bytes));
  if (file === undefined) return undefined;
  const address = file.directory(resourceDirectory);
  const resources = address === 0 ? undefined : file.offsetOfRelative(address);
  return {
    isManaged: file.directory(clrDirectory) !== 0,
    strings: resources === undefined ? new Map() : stringsOf(new View(bytes), resources, file),
  };
}

/** Type, name, language: three folders deep lies the place of the resource. */
function stringsOf(view: View, root: number, file: PeFile): ReadonlyMap<string, string> {
  const strings = new Map<string, string>();
  const type = entryOf(view, root, versionResource);
  const name = type === undefined ? undefined : entryOf(view, root + type);
  const language = name === undefined ? undefined : entryOf(view, root + name);
  if (language === undefined) return strings;
  const start = file.offsetOfRelative(view.u32(root + language) ?? 0);
  const size = view.u32(root + language + 4) ?? 0;
  if (start !== undefined) new VersionInfo(view, strings).read(start, Math.min(start + size, view.size), 0);
  return strings;
}

/** Where an entry of a resource folder leads, from the root: the one of an id, or the first. */
function entryOf(view: View, folder: number, id?: number): number | undefined {
  const count = (view.u16(folder + 12) ?? 0) + (view.u16(folder + 14) ?? 0);
  for (let index = 0; index < Math.min(count, mostEntries); index += 1) {
    const at = folder + 16 + 8 * index;
    const target = view.u32(at + 4);
    if (target === undefined) return undefined;
    if (id === undefined || view.u32(at) === id) return target & 0x7fffffff;
  }
  return undefined;
}

/** Blocks in blocks: VS_VERSION_INFO > StringFileInfo > a table per language > strings; all of one form. */
class VersionInfo {
  readonly #view: View;
  readonly #strings: Map<string, string>;
  #blocks = 0;

  constructor(view: View, strings: Map<string, string>) {
    this.#view = view;
    this.#strings = strings;
  }

  read(from: number, to: number, depth: number): void {
    for (let at = from; at + 6 < to; ) {
      this.#blocks += 1;
      const length = this.#view.u16(at) ?? 0;
      if (length < 8 || this.#blocks > mostBlocks) return;
      const end = Math.min(at + length, to);
      const key = this.#view.text(at + 6, end);
      const value = aligned(at + 6 + 2 * (key.length + 1), from);
      if (depth === 3) {
        if (!this.#strings.has(key)) this.#strings.set(key, this.#view.text(value, end).trim());
      } else if (depth !== 1 || key === 'StringFileInfo') {
        const bytes = depth === 0 ? (this.#view.u16(at + 2) ?? 0) : 0;
        this.read(aligned(value + bytes, from), end, depth + 1);
      }
      at = aligned(at + length, from);
    }
  }
}

/** The next multiple of four, counted from where the blocks begin: resources are aligned themselves. */
function aligned(at: number, from: number): number {
  return from + Math.ceil((at - from) / 4) * 4;
}

/** Numbers and texts at places that may lie outside. */
class View {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  u16(at: number): number | undefined {
    return at + 2 <= this.#bytes.length ? this.#bytes.readUInt16LE(at) : undefined;
  }

  u32(at: number): number | undefined {
    return at + 4 <= this.#bytes.length ? this.#bytes.readUInt32LE(at) : undefined;
  }

  /** UTF-16 up to a zero, the end, or 512 characters. */
  text(at: number, end: number): string {
    const stop = Math.min(end, this.#bytes.length, at + 2 * longestString);
    let to = at;
    while (to + 2 <= stop && this.#bytes.readUInt16LE(to) !== 0) to += 2;
    return to <= at ? '' : this.#bytes.toString('utf16le', at, to);
  }
}
