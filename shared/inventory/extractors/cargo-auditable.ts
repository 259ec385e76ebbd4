import { inflateSync } from 'node:zlib';
import { UnreadableEvidence } from '../errors.ts';
import type { FoundPackage } from '../layer-facts.ts';
import type { ProgramFile } from '../program-files/index.ts';
import { packageDrafts } from './drafts.ts';
import type { ExecutableExtractor } from './executable-extractor.ts';
import { isRecord } from './json.ts';

/** where cargo-auditable puts its list */
export const cratesSection = '.dep-v0';
/** thousands of crates unpack to less than a megabyte */
const longestPacked = 4 * 2 ** 20;
const longestUnpacked = 16 * 2 ** 20;
const mostCrates = 20_000;

interface Crate {
  readonly name: string;
  readonly version: string;
  readonly kind?: string;
}

/**
 * Rust programs built with cargo-auditable: the crates that are linked into them, from the section `.dep-v0` (zlib, JSON; the project's
 * PARSING.md; Windows and macOS programs have a section of the same name). Crates of the build alone are not in the program. The source `local` is
 * that of the program itself, `cargo install` from crates.io included, and of the crates beside it in its repository: advisories name them as any other.
 */
export const cargoAuditable: ExecutableExtractor = {
  name: 'cargo-auditable',
  version: 3,
  wants: () => true,
  begin({ program }) {
    if (typeof program !== 'string') return undefined;
    return {
      end(file) {
        const json = file === undefined ? undefined : textOf(file);
        if (json === undefined) return [];
        return packageDrafts(cratesOf(json));
      },
    };
  },
};

function textOf(file: ProgramFile): string | undefined {
  const found = file.sectionNamed(cratesSection);
  if (found === undefined) return undefined;
  if (found.size > longestPacked) unreadable(`it has ${found.size} bytes`);
  const packed = file.bytes(found.offset, found.size);
  if (packed === undefined) return unreadable('it lies outside of what is held of so large a file');
  try {
    return inflateSync(packed, { maxOutputLength: longestUnpacked }).toString('utf8');
  } catch (cause) {
    return unreadable('it cannot be unpacked', cause);
  }
}

function cratesOf(json: string): FoundPackage[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    return unreadable('it is no JSON', cause);
  }
  const crates: unknown = isRecord(value) ? value.packages : undefined;
  if (!Array.isArray(crates) || crates.length > mostCrates || !crates.every(isCrate))
    return unreadable('it has another form');
  return crates
    .filter(({ kind = 'runtime' }) => kind === 'runtime')
    .map(({ name, version }) => ({ type: 'cargo', name, version }));
}

const isCrate = (value: unknown): value is Crate =>
  isRecord(value) &&
  typeof value.name === 'string' &&
  typeof value.version === 'string' &&
  (value.kind === undefined || typeof value.kind === 'string');

function unreadable(text: string, cause?: unknown): never {
  throw new UnreadableEvidence(cratesSection, `its list of Rust crates (${cratesSection}) cannot be read: ${text}`, {
    cause,
  });
}
