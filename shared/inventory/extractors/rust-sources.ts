import type { EvidenceDraft } from '../layer-facts.ts';
import type { ProgramFile } from '../program-files/index.ts';
import { cratesSection } from './cargo-auditable.ts';
import { packageDrafts } from './drafts.ts';
import { type ExecutableExtractor, heldWhole } from './executable-extractor.ts';
import { goNote } from './go/go-note.ts';

/** what stands in the comments of every program that rustc made a part of */
const compiler = Buffer.from('rustc version ');
const longestComment = 1 << 16;
/** where cargo keeps the sources of what it fetched: the folder of a registry, then one of a crate */
const registry = Buffer.from('/registry/src/');
const crate =
  /^(?:index\.crates\.io|github\.com)-[0-9a-f]{16}\/([A-Za-z][\w-]{0,63}?)-(\d{1,9}\.\d{1,9}\.\d{1,9}(?:[-+][\w.+-]{1,60})?)\//;
/** more than the longest of these has */
const reach = 256;
const step = 1 << 20;
/** smaller ones have no room for Rust's standard library */
const smallest = 1 << 16;
/** thousands are in the largest known */
const mostCrates = 20_000;

/** Said once for many programs: coverage counts equal texts. */
export const someCrates =
  'a Rust program without a list of its crates (cargo-auditable): those that its messages of errors name are known, others are not';

/**
 * Rust programs and libraries without cargo-auditable's list: where code can panic, rustc leaves the name of its source file, which for a crate of crates.io is below
 * cargo's registry and has the crate's name and version in it. What never panics, and what was built with other paths, is not seen: that is told.
 */
export const rustSources: ExecutableExtractor = {
  name: 'rust-sources',
  version: 1,
  wants: ({ size }) => size > smallest,
  begin({ program, head, size }) {
    if (program !== 'elf') return undefined;
    // of larger programs their texts are not held; most of them are Go's
    const passing = size > heldWhole && !head.includes(goNote) ? new Crates() : undefined;
    return {
      ...(passing === undefined ? {} : { data: (chunk: Buffer) => passing.data(chunk), skip: () => passing.skip() }),
      end(file) {
        if (file === undefined || file.sectionNamed(cratesSection) !== undefined) return [];
        return (passing ?? cratesOf(file)).drafts();
      },
    };
  },
};

function cratesOf(file: ProgramFile): Crates {
  const crates = new Crates();
  const comment = file.sectionNamed('.comment');
  const texts = file.sectionNamed('.rodata');
  if (comment === undefined || texts === undefined) return crates;
  const said = file.bytesUpTo(comment.offset, Math.min(comment.size, longestComment));
  if (said?.includes(compiler) !== true) return crates;
  for (let at = 0; at < texts.size; at += step) {
    const bytes = file.bytesUpTo(texts.offset + at, Math.min(texts.size - at, step));
    if (bytes === undefined) break;
    crates.data(bytes);
  }
  return crates;
}

/** The crates that texts name while they pass, wherever chunks end. */
class Crates {
  readonly #found = new Map<string, { readonly name: string; readonly version: string }>();
  #tail: Buffer = Buffer.alloc(0);

  data(chunk: Buffer): void {
    if (this.#tail.length > 0) this.#look(Buffer.concat([this.#tail, chunk.subarray(0, reach)]));
    this.#look(chunk);
    const last = chunk.subarray(-reach);
    this.#tail = chunk.length < reach ? Buffer.concat([this.#tail, last]).subarray(-reach) : Buffer.from(last);
  }

  skip(): void {
    this.#tail = Buffer.alloc(0);
  }

  drafts(): readonly EvidenceDraft[] {
    if (this.#found.size === 0) return [];
    const crates = [...this.#found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, found]) => found);
    return [
      ...packageDrafts(crates.map(({ name, version }) => ({ type: 'cargo', name, version }))),
      { kind: 'trouble', code: 'unknown-version', text: someCrates },
    ];
  }

  #look(bytes: Buffer): void {
    for (let at = bytes.indexOf(registry); at >= 0; at = bytes.indexOf(registry, at + 1)) {
      if (this.#found.size >= mostCrates) return;
      const from = at + registry.length;
      const [, name, version] = crate.exec(bytes.toString('latin1', from, from + reach)) ?? [];
      if (name !== undefined && version !== undefined) this.#found.set(`${name} ${version}`, { name, version });
    }
  }
}
