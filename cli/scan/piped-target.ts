import { createWriteStream, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { compressionOf, openArchive, UnknownSource } from '#shared/oci';
import { looksLikeSbom, mostSbomBytes, UnreadableSbom } from '#shared/sbom';
import { CommandFailed, UsageError } from '../exit-codes.ts';
import { bytesText } from '../words.ts';
import type { Target } from './open-target.ts';

/** How what is piped in is called. */
export const pipedName = 'stdin';

/** `docker save` archives larger than this are named as files, which are read in place */
const mostArchiveBytes = 64 * 2 ** 30;
/** enough to tell a tar's header from the first words of a document */
const headBytes = 4096;
const remedies =
  'Pipe in a bill of materials, or what "docker save" or "skopeo copy … oci-archive:/dev/stdout" writes.';

/** What is read, and how. */
export interface PipedInput {
  readonly input: AsyncIterable<Buffer> & { readonly isTTY?: boolean };
  /** which image, where an archive holds several */
  readonly wanted?: string;
  readonly signal: AbortSignal;
  readonly draw: (text: string) => void;
  /** bytes that an archive may have; default 64 GiB */
  readonly mostArchive?: number;
  /** where an archive is kept while it is read; default: the system's place for temporary files */
  readonly folder?: string;
}

/** Whether a person wrote `-`, or `archive:-:name` for one image of several; undefined for anything else. */
export function readPipedName(text: string): { readonly wanted?: string } | undefined {
  const match = /^(?:-|(?:archive|oci-archive|docker-archive):-(?::(.+))?)$/s.exec(text);
  if (match === null) return undefined;
  return match[1] === undefined ? {} : { wanted: match[1] };
}

/**
 * Reads what is piped in, told by its content: a bill of materials into memory, an archive into a temporary file, because its parts are read in no order; the file goes with
 * the source's `close()`, and with the process. Throws UsageError when nothing is piped in, CommandFailed for an empty pipe or too large an archive, UnreadableSbom for too
 * large a bill, UnknownSource for what is neither, UnsupportedCompression.
 */
export async function openPiped(options: PipedInput): Promise<Target> {
  const { input, wanted, signal } = options;
  if (input.isTTY === true)
    throw new UsageError(
      '- reads what is piped in, and nothing is; write such as "syft <image> -o cyclonedx-json | drydock scan -", or name a file',
    );
  const pieces = counted(input, options);
  const head = await headOf(pieces);
  signal.throwIfAborted();
  if (head.length === 0)
    throw new CommandFailed(
      `nothing came through the pipe; the command before it may have failed, or writes into a file`,
    );
  if (looksLikeSbom(head)) return { kind: 'piped-sbom', bytes: await billOf(head, pieces) };
  if (head.toString('latin1', 257, 262) !== 'ustar' && compressionOf(head, pipedName) === 'none')
    throw new UnknownSource(pipedName, 'it begins like neither a bill of materials nor an archive', remedies);
  const { file, remove } = await keepArchive(head, pieces, options);
  const source = openArchive(file, wanted, `archive from ${pipedName}`);
  return {
    kind: 'image',
    source: {
      ...source,
      async close() {
        await source.close();
        remove();
      },
    },
  };
}

async function* counted(input: AsyncIterable<Buffer>, { draw, signal }: PipedInput): AsyncGenerator<Buffer> {
  let bytes = 0;
  let drawn = 0;
  for await (const piece of input) {
    signal.throwIfAborted();
    bytes += piece.length;
    if (bytes - drawn > 1e6) {
      drawn = bytes;
      draw(`reading ${pipedName}: ${bytesText(bytes)}`);
    }
    yield piece;
  }
}

/** What comes first, so much that it can be told what it is; less only at its end. */
async function headOf(pieces: AsyncGenerator<Buffer>): Promise<Buffer> {
  const head: Buffer[] = [];
  for (let bytes = 0; bytes < headBytes; ) {
    const { value, done } = await pieces.next();
    if (done === true) break;
    head.push(value);
    bytes += value.length;
  }
  return Buffer.concat(head);
}

async function billOf(head: Buffer, pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all = [head];
  let bytes = head.length;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > mostSbomBytes)
      throw new UnreadableSbom(
        pipedName,
        `it is larger than ${mostSbomBytes} bytes`,
        'Make it without its list of files.',
      );
    all.push(piece);
  }
  return Buffer.concat(all);
}

async function keepArchive(
  head: Buffer,
  pieces: AsyncIterable<Buffer>,
  { signal, mostArchive = mostArchiveBytes, folder = tmpdir() }: PipedInput,
): Promise<{ readonly file: string; readonly remove: () => void }> {
  const own = await mkdtemp(path.join(folder, 'drydock-stdin-'));
  const remove = removeAtEnd(own);
  const file = path.join(own, 'image.tar');
  const kept = createWriteStream(file, { mode: 0o600 });
  try {
    await pipeline(within(mostArchive, head, pieces), kept, { signal });
    return { file, remove };
  } catch (error) {
    // a file that is still being opened would come back into the folder while that is removed
    kept.destroy();
    if (!kept.closed) await new Promise<void>((resolve) => kept.once('close', () => resolve()));
    remove();
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')))
      throw error;
    throw new CommandFailed(
      `${folder} has no room for what is piped in (${error.code}); name a folder with room in TMPDIR, or write the archive into a file and name that`,
      { cause: error },
    );
  }
}

async function* within(most: number, head: Buffer, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = head.length;
  if (bytes <= most) yield head;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > most) break;
    yield piece;
  }
  if (bytes > most)
    throw new CommandFailed(
      `more than ${bytesText(most)} came through the pipe; write the archive into a file and name that, which is read in place`,
    );
}

/** Removes a folder once: when it is asked to, or else when the process ends, by a signal too. */
function removeAtEnd(folder: string): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
    process.off('exit', remove);
    for (const signal of signals) process.off(signal, removeAndDie);
  };
  const removeAndDie = (signal: NodeJS.Signals): void => {
    remove();
    process.kill(process.pid, signal);
  };
  process.once('exit', remove);
  for (const signal of signals) process.once(signal, removeAndDie);
  return remove;
}
