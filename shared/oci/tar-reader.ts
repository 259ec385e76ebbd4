import type { TarHandler, TarLimits } from './tar-types.ts';

/**
 * Reads a tar archive that is pushed into it, chunk by chunk, in one pass and bounded memory.
 *
 *   const reader = new TarReader({ entry: (entry) => wanted(entry) ? sink(entry) : undefined }, limits);
 *   for await (const chunk of unpacked) reader.write(chunk);
 *   reader.end();
 *
 * Everything is synchronous: `write` returns when the chunk is used up, so back pressure is the caller's loop, and there
 * is no stream, promise or buffer per entry. Chunks may be cut anywhere.
 *
 * It reads what container runtimes read (Go's archive/tar), and where formats leave a choice it chooses as they do, because
 * an archive that means one thing to the scanner and another to the runtime is how things are hidden: two zero blocks end
 * the archive and what follows is ignored (`trailingBytes`), global pax headers change nothing, links and directories have no content
 * whatever their size field says, GNU long names win over pax ones.
 *
 * Throws (from `write` and `end`) `BadTar` for what is no tar (checksum, negative or absurd size, broken numbers and pax records, cut short)
 * and `TarLimit` when a limit is crossed; after an error the reader must not be used again.
 */
export class TarReader {
  /** entries handed to the handler so far */
  entries = 0;
  /** bytes after the end-of-archive mark; not zero bytes only: `trailingData` is true */
  trailingBytes = 0;
  /** true when something other than zeros follows the end-of-archive mark */
  trailingData = false;

  constructor(_handler: TarHandler, _limits: TarLimits = {}) {}

  /** Takes the next bytes of the uncompressed archive. */
  write(_chunk: Buffer): void {
    throw new Error('not yet');
  }

  /** Says that no more bytes come; throws `BadTar` if the archive was cut inside an entry. */
  end(): void {}
}
