import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { BlobInFile } from '../types.ts';

const pieceBytes = 1 << 18;

/**
 * The bytes of a blob that lies in a file, `most` of them at most, piece by piece; each is good until the next, which comes in the same memory. It waits for the file: asking
 * another thread for each piece costs more than copying it. Throws errors of the file system, and for what is no regular file.
 */
export function* piecesOfFile({ file, offset, bytes }: BlobInFile, most: number): Generator<Buffer, void, undefined> {
  // a pipe that took the file's place would never open
  const opened = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(opened).isFile()) throw new Error(`${file} is no regular file`);
    const piece = Buffer.allocUnsafeSlow(pieceBytes);
    const end = Math.min(bytes, most);
    for (let read = 0; read < end; ) {
      const count = readSync(opened, piece, 0, Math.min(piece.length, end - read), offset + read);
      if (count === 0) return;
      read += count;
      yield piece.subarray(0, count);
    }
  } finally {
    closeSync(opened);
  }
}
