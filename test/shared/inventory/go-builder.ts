import { type ElfInput, elfFile, writableAddress } from './elf-builder.ts';

/** What a Go program says of itself. */
export interface GoInput {
  readonly goVersion?: string;
  /** lines of build information, without the sentinels */
  readonly modules?: string;
  /** 'pointers': as Go wrote it before 1.18 */
  readonly form?: 'inline' | 'pointers';
  readonly elf?: ElfInput;
}

const mark = Buffer.from('\xff Go buildinf:', 'latin1');
const startMark = Buffer.from('3077af0c9274080241e1c107e6d618e6', 'hex');
const endMark = Buffer.from('f932433186182072008242104116d8f2', 'hex');

/** Lines of build information, each ended: `['mod', 'github.com/acme/tool', 'v1.2.3']`. */
export const lines = (...all: readonly (readonly string[])[]): string =>
  all.map((each) => `${each.join('\t')}\n`).join('');

/** A small ELF file with Go's build information at the start of its writable segment. */
export function goFile(input: GoInput = {}): Buffer {
  return elfFile({ dataName: '.go.buildinfo', ...input.elf, data: goData(input) });
}

/** Build information alone, for a writable segment that begins with it. */
export function goData({ goVersion = 'go1.22.3', modules = '', form = 'inline', elf = {} }: GoInput): Buffer {
  const texts = [
    Buffer.from(goVersion),
    modules === '' ? Buffer.alloc(0) : Buffer.concat([startMark, Buffer.from(modules), endMark]),
  ];
  return form === 'inline' ? inline(texts) : pointers(texts, elf);
}

function inline(texts: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(32);
  mark.copy(head);
  head[14] = 8;
  head[15] = 2;
  return Buffer.concat([head, ...texts.flatMap((text) => [varint(text.length), text])]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

function pointers(
  texts: readonly Buffer[],
  { is64 = true, isLittle = true, dataAt = writableAddress }: ElfInput,
): Buffer {
  const size = is64 ? 8 : 4;
  const native = (value: number): Buffer => {
    const bytes = Buffer.alloc(size);
    if (is64) bytes.writeBigUInt64LE(BigInt(value));
    else bytes.writeUInt32LE(value);
    return isLittle ? bytes : bytes.reverse();
  };
  const head = Buffer.alloc(16);
  mark.copy(head);
  head[14] = size;
  head[15] = isLittle ? 0 : 1;
  const headers = dataAt + 16 + 2 * size;
  let start = headers + 2 * 2 * size;
  const all: Buffer[] = [];
  for (const text of texts) {
    all.push(native(start), native(text.length));
    start += text.length;
  }
  return Buffer.concat([head, native(headers), native(headers + 2 * size), ...all, ...texts]);
}
