/** Bytes of a file of which perhaps only parts are held. */
export interface FileBytes {
  /** of the whole file, held or not */
  readonly size: number;
  /** `length` bytes from `offset` on as a view; undefined when they lie outside of the file or are not held */
  at(offset: number, length: number): Buffer | undefined;
}

/** A file that is here as a whole. */
export function wholeFile(bytes: Buffer): FileBytes {
  return {
    size: bytes.length,
    at: (offset, length) => (fits(offset, length, bytes.length) ? bytes.subarray(offset, offset + length) : undefined),
  };
}

/** As many bytes from `offset` on as there are within the file and `length`; undefined outside of it, and where they are not held. */
export function bytesUpTo(bytes: FileBytes, offset: number, length: number): Buffer | undefined {
  return fits(offset, 0, bytes.size) ? bytes.at(offset, Math.min(length, bytes.size - offset)) : undefined;
}

/** Whether a range lies within `size` bytes; false for everything that is no range: negative, fractional, beyond all numbers. */
export function fits(offset: number, length: number, size: number): boolean {
  return (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset <= size - length
  );
}
