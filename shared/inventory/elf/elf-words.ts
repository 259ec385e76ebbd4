/** ELF bytes that cannot be read as what they claim to be. The text says what is wrong, without the path. */
export class BadElf extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'BadElf';
  }
}

/** How an ELF file writes its numbers (gABI, "ELF Identification"): its class and its byte order. */
export interface ElfWords {
  readonly is64: boolean;
  readonly isLittle: boolean;
  /** bytes of an address: 4 or 8 */
  readonly wordBytes: 4 | 8;
  half(bytes: Buffer, at: number): number;
  word(bytes: Buffer, at: number): number;
  /** an address, offset or size. Values beyond 2^53 become Infinity, which lies outside of every file. */
  native(bytes: Buffer, at: number): number;
}

/** The numbers of a file by the fifth and sixth byte of its identification. Throws BadElf for a class or order that there is not. */
export function wordsOf(classByte: number | undefined, orderByte: number | undefined): ElfWords {
  if (classByte !== 1 && classByte !== 2) throw new BadElf('an ELF file of an unknown class');
  if (orderByte !== 1 && orderByte !== 2) throw new BadElf('an ELF file of an unknown byte order');
  const is64 = classByte === 2;
  const isLittle = orderByte === 1;
  const word = (bytes: Buffer, at: number): number => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  return {
    is64,
    isLittle,
    wordBytes: is64 ? 8 : 4,
    half: (bytes, at) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)),
    word,
    native(bytes, at) {
      if (!is64) return word(bytes, at);
      const high = word(bytes, isLittle ? at + 4 : at);
      const low = word(bytes, isLittle ? at : at + 4);
      return high < 0x20_0000 ? high * 0x1_0000_0000 + low : Number.POSITIVE_INFINITY;
    },
  };
}
