/** A part of a program's file, and where it is mapped. */
export interface ProgramPart {
  readonly offset: number;
  readonly address: number;
  /** bytes in the file */
  readonly size: number;
}

/** A program or library of any system as its linker laid it out. What it claims is bounded by the file's size. */
export interface ProgramFile {
  readonly format: 'elf' | 'pe' | 'mach-o';
  readonly size: number;
  /** whether numbers are little-endian */
  readonly isLittle: boolean;
  /** bytes of an address */
  readonly wordBytes: 4 | 8;
  /** Bytes by their place in the file; undefined outside of it, and for parts of a large file that are not held. */
  bytes(offset: number, length: number): Buffer | undefined;
  /** As many bytes from `offset` on as there are within the file and `length`. */
  bytesUpTo(offset: number, length: number): Buffer | undefined;
  /** Where in the file the byte is that will be mapped at `address`. */
  offsetOf(address: number): number | undefined;
  /** The first section of this name; undefined when there is none, or names are not held. */
  sectionNamed(name: string): ProgramPart | undefined;
  /** whether it has a table of sections: not after sstrip */
  readonly hasSections: boolean;
  /** what may be written while it runs, in the file's order */
  readonly writable: readonly ProgramPart[];
}
