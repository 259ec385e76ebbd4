import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompressSync } from 'node:zlib';
import type { Digest } from '#shared/oci';
import { FactsCorrupt } from './errors.ts';
import { readExecutables, writeExecutables } from './executables-codec.ts';
import type { FactsDocument } from './facts-form.ts';
import type { Evidence, LayerFacts } from './layer-facts.ts';
import { PathTable } from './path-table.ts';

// Form 2, packed as one zstd frame: "DDLF", version (u16), length of the JSON (u32), number of paths (u32), number of owned halves (u32); the JSON
// padded to 8 bytes; path hashes (u32 pairs); owned hashes (u32); marks (u8). All little-endian.
const magic = 0x464c4444;
const version = 2;
const headerBytes = 24;
/** 5 million entries and as many folders, and the retained budget several times over */
const longest = 1024 * 2 ** 20;

const compress = promisify(zstdCompress);

/** Facts as bytes to keep: one zstd frame, made beside this thread. Two readings of one layer make the same bytes. */
export function encodeFacts(facts: LayerFacts): Promise<Buffer> {
  const { paths, evidence: all, executables, ...rest } = facts;
  const owned: Uint32Array[] = [];
  let halves = 0;
  const written: FactsDocument['evidence'] = all.map((fact) => {
    if (fact.kind === 'owned') {
      const start = halves;
      owned.push(fact.paths);
      halves += fact.paths.length;
      return { ...fact, paths: [start, halves] as [number, number] };
    }
    // only read-only lists differ
    return fact as FactsDocument['evidence'][number];
  });
  const json = Buffer.from(JSON.stringify({ ...rest, ...writeExecutables(executables), evidence: written }));
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(headerBytes + padded + 8 * paths.size + 4 * halves + paths.size);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt16LE(version, 4);
  bytes.writeUInt32LE(json.length, 8);
  bytes.writeUInt32LE(paths.size, 12);
  bytes.writeUInt32LE(halves, 16);
  json.copy(bytes, headerBytes);
  let end = headerBytes + padded;
  for (const words of [paths.hashes(), ...owned]) end += writeWords(bytes, words, end);
  bytes.set(paths.marks(), end);
  // the checksum tells what a disk lost; made in one go, since between any two this thread is asked, which may be busy
  return compress(bytes, {
    chunkSize: bytes.length,
    params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

/** Reads what `encodeFacts` wrote. Throws FactsCorrupt for anything else, another form's version included. */
export async function decodeFacts(packed: Uint8Array): Promise<LayerFacts> {
  const bytes = unpacked(packed);
  if (bytes.length < headerBytes || bytes.readUInt32LE(0) !== magic)
    throw new FactsCorrupt('layer facts', 'these bytes are no layer facts');
  const form = bytes.readUInt16LE(4);
  if (form !== version) throw new FactsCorrupt('layer facts', `they have form ${form}, this version reads ${version}`);
  const jsonLength = bytes.readUInt32LE(8);
  const size = bytes.readUInt32LE(12);
  const halves = bytes.readUInt32LE(16);
  const start = headerBytes + Math.ceil(jsonLength / 8) * 8;
  if (bytes.length !== start + 9 * size + 4 * halves)
    throw new FactsCorrupt('layer facts', 'their length does not add up');
  const read = await documentOf(bytes.subarray(headerBytes, headerBytes + jsonLength));
  const hashes = readWords(bytes, start, 2 * size);
  const owned = readWords(bytes, start + 8 * size, halves);
  const { evidence: written, blob, linkages, executables, ...rest } = read;
  return {
    ...rest,
    blob: blob as Digest,
    executables: readExecutables({ linkages, executables }),
    paths: PathTable.from(hashes, new Uint8Array(bytes.subarray(start + 8 * size + 4 * halves))),
    evidence: written.map((fact): Evidence => {
      if (fact.kind !== 'owned') return fact;
      const [from, to] = fact.paths;
      if (from > to || to > halves) throw new FactsCorrupt('layer facts', 'a list of owned files lies outside');
      return { ...fact, paths: owned.subarray(from, to) };
    }),
  };
}

function unpacked(packed: Uint8Array): Buffer {
  try {
    return zstdDecompressSync(packed, { maxOutputLength: longest });
  } catch (cause) {
    throw new FactsCorrupt('layer facts', 'they cannot be unpacked', { cause });
  }
}

async function documentOf(json: Buffer): Promise<FactsDocument> {
  let value: unknown;
  try {
    value = JSON.parse(json.toString('utf8'));
  } catch (cause) {
    throw new FactsCorrupt('layer facts', 'their description is no JSON', { cause });
  }
  // loaded by who has facts to read: a first scan writes them only, and begins 12 ms sooner
  const { factsForm } = await import('./facts-form.ts');
  const parsed = factsForm.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new FactsCorrupt('layer facts', `${issue?.path.join('.') ?? 'they'}: ${issue?.message ?? 'not understood'}`);
  }
  return parsed.data;
}

const isBigEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 0;

/** Copied at once: word by word, V8 compiled the loop and gave it up again dozens of times in one scan. Returns how many bytes they are. */
function writeWords(bytes: Buffer, words: Uint32Array, start: number): number {
  bytes.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), start);
  if (isBigEndian) bytes.subarray(start, start + words.byteLength).swap32();
  return words.byteLength;
}

function readWords(bytes: Buffer, start: number, count: number): Uint32Array {
  const words = new Uint32Array(count);
  const copy = Buffer.from(words.buffer);
  bytes.copy(copy, 0, start, start + copy.length);
  if (isBigEndian) copy.swap32();
  return words;
}
