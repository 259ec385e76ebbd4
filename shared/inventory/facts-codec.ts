import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import * as z from 'zod';
import type { Digest } from '#shared/oci';
import { coverageCodes } from './coverage-codes.ts';
import { FactsCorrupt } from './errors.ts';
import { executablesForm, readExecutables, writeExecutables } from './executables-form.ts';
import { type Evidence, type LayerFacts, packageTypes } from './layer-facts.ts';
import { PathTable } from './path-table.ts';

// Form 2, packed as one zstd frame: "DDLF", version (u16), length of the JSON (u32), number of paths (u32), number of owned halves (u32); the JSON
// padded to 8 bytes; path hashes (u32 pairs); owned hashes (u32); marks (u8). All little-endian.
const magic = 0x464c4444;
const version = 2;
const headerBytes = 24;
/** 5 million entries and as many folders, and the retained budget several times over */
const longest = 1024 * 2 ** 20;

const at = { path: z.string(), order: z.number().int().nonnegative() };
const system = z.enum(['dpkg', 'opkg', 'apk', 'rpm', 'pacman', 'portage', 'chisel']);
const found = z.object({
  type: z.enum(packageTypes),
  name: z.string(),
  version: z.string(),
  source: z.string().exactOptional(),
  sourceVersion: z.string().exactOptional(),
  architecture: z.string().exactOptional(),
  module: z.string().exactOptional(),
  vendor: z.string().exactOptional(),
  supplier: z.string().exactOptional(),
  licenses: z.array(z.string()).exactOptional(),
  inner: z.string().exactOptional(),
  needsAny: z.array(z.string()).exactOptional(),
  qualifiers: z.record(z.string(), z.string()).exactOptional(),
  bundled: z.enum(['shaded', 'vendored', 'tooling']).exactOptional(),
  linked: z.array(z.string()).exactOptional(),
});
const evidence = z.discriminatedUnion('kind', [
  z.object({
    ...at,
    kind: z.literal('packages'),
    packages: z.array(found),
    database: z
      .object({
        system,
        home: z.string(),
        root: z.string(),
        needsFolder: z.string().exactOptional(),
        unless: z.string().exactOptional(),
      })
      .exactOptional(),
    unlessOwned: z.literal(true).exactOptional(),
    onlyAs: z.literal('npm-package').exactOptional(),
  }),
  z.object({
    ...at,
    kind: z.literal('owned'),
    system: z.enum([...system.options, 'nuget', 'conda', 'pypi', 'vcpkg']),
    home: z.string(),
    root: z.string(),
    owner: z.string(),
    /** start and end in the array of owned halves */
    paths: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
  }),
  z.object({ ...at, kind: z.literal('installer'), by: z.enum(['rpm', 'deb']) }),
  z.object({ ...at, kind: z.literal('release'), text: z.string() }),
  z.object({
    ...at,
    kind: z.literal('unsupported'),
    what: z.string(),
    root: z.string(),
    database: z.boolean(),
    listedIn: z.string().exactOptional(),
  }),
  z.object({
    ...at,
    kind: z.literal('bill'),
    form: z.string(),
    packages: z.array(
      z.object({
        key: z.string(),
        purl: z.string(),
        type: z.string(),
        licenses: z.array(z.string()).exactOptional(),
        supplier: z.string().exactOptional(),
      }),
    ),
  }),
  z.object({ ...at, kind: z.literal('secret'), what: z.string() }),
  z.object({ ...at, kind: z.literal('trouble'), code: z.enum(coverageCodes), text: z.string() }),
]);
const document = z.object({
  blob: z.string().regex(/^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/),
  size: z.number(),
  unpackedSize: z.number(),
  entries: z.number(),
  extractors: z.string(),
  state: z.enum(['whole', 'partial']),
  reasons: z.array(z.object({ code: z.enum(coverageCodes), text: z.string(), path: z.string().exactOptional() })),
  evidence: z.array(evidence),
  ...executablesForm,
  links: z.array(z.object({ ...at, target: z.string(), until: z.number().exactOptional() })),
  hardLinks: z.array(z.object({ ...at, target: z.string(), wanted: z.boolean(), alike: z.boolean() })),
});
type Document = z.infer<typeof document>;

/** Facts as bytes to keep: one zstd frame. Two readings of one layer make the same bytes. */
export function encodeFacts(facts: LayerFacts): Buffer {
  const { paths, evidence: all, executables, ...rest } = facts;
  const owned: Uint32Array[] = [];
  let halves = 0;
  const written: Document['evidence'] = all.map((fact) => {
    if (fact.kind === 'owned') {
      const start = halves;
      owned.push(fact.paths);
      halves += fact.paths.length;
      return { ...fact, paths: [start, halves] as [number, number] };
    }
    // only read-only lists differ
    return fact as Document['evidence'][number];
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
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
}

/** Reads what `encodeFacts` wrote. Throws FactsCorrupt for anything else, another form's version included. */
export function decodeFacts(packed: Uint8Array): LayerFacts {
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
  const read = documentOf(bytes.subarray(headerBytes, headerBytes + jsonLength));
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

function documentOf(json: Buffer): Document {
  let value: unknown;
  try {
    value = JSON.parse(json.toString('utf8'));
  } catch (cause) {
    throw new FactsCorrupt('layer facts', 'their description is no JSON', { cause });
  }
  const parsed = document.safeParse(value);
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
