import { ByteText } from './byte-text.ts';
import type { Classifier, VersionMark } from './product.ts';

/** characters before an anchor that an expression may use at most */
export const widest = 96;
/** characters that an expression sees from the start of the anchor on; anchors and proofs are shorter */
export const ahead = 192;
/** bytes of a chunk that an anchor before it, or at its beginning, may concern; as many are held of the last one */
const reach = widest + ahead;
/** surroundings of one anchor that are looked at: a file that is made of anchors costs no more */
const usualHits = 4096;

interface Search {
  readonly mark: VersionMark;
  readonly anchor: ByteText;
  readonly before: number;
  /** where in the file the next anchor may begin */
  from: number;
  hits: number;
  found: string | undefined;
}

/** What a file's bytes say: the version, that it is the product though no version was found, or nothing. */
export type ScanResult = { readonly version: string } | 'proven' | undefined;

/**
 * Looks for the marks of one classifier in a file that passes in chunks. Only the last bytes of a chunk are kept, and what is found does not
 * hang on where chunks end: an anchor is looked at when all that its expression may see is there, or the file is over.
 */
export class VersionScan {
  readonly #searches: Search[];
  readonly #proofs: readonly ByteText[];
  #proven = false;
  #held: Buffer = Buffer.alloc(0);
  /** place in the file of the first held byte */
  #start = 0;

  constructor({ marks, proofs = [] }: Pick<Classifier, 'marks' | 'proofs'>) {
    this.#searches = marks.map((mark) => ({
      mark,
      anchor: new ByteText(mark.anchor),
      before: Math.min(mark.before ?? 0, widest),
      from: 0,
      hits: 0,
      found: undefined,
    }));
    this.#proofs = proofs.map((text) => new ByteText(text));
  }

  /** The next bytes; only good during the call. The seam to the last ones is looked at apart: joining chunks would copy the whole file. */
  data(chunk: Buffer): void {
    const held = this.#held;
    if (held.length > 0) this.#look(Buffer.concat([held, chunk.subarray(0, reach)]), this.#start, false);
    const start = this.#start + held.length;
    // a short chunk is all in its seam
    if (held.length === 0 || chunk.length > reach) this.#look(chunk, start, false);
    const end = start + chunk.length;
    const kept = chunk.length < reach ? Buffer.concat([held, chunk]).subarray(-reach) : chunk.subarray(-reach);
    this.#held = Buffer.from(kept);
    this.#start = end - kept.length;
  }

  /** So many bytes are left out: what stands before them is looked at as at the end of the file. */
  skip(bytes: number): void {
    this.#look(this.#held, this.#start, true);
    this.#start += this.#held.length + bytes;
    this.#held = Buffer.alloc(0);
  }

  /** After the last byte. */
  end(): ScanResult {
    this.#look(this.#held, this.#start, true);
    const version = this.#searches.find((search) => this.#counts(search))?.found;
    if (version !== undefined) return { version };
    return this.#proven ? 'proven' : undefined;
  }

  /** Looks at bytes that begin at `start` in the file. */
  #look(view: Buffer, start: number, last: boolean): void {
    const [first] = this.#searches;
    if (first !== undefined && first.mark.needsProof !== true) this.#advance(first, view, start, last);
    // marks stand in order of trust: what comes after one that counts is not needed
    if (first !== undefined && this.#counts(first)) return;
    this.#proven ||= this.#proofs.some((text) => text.indexIn(view, 0) >= 0);
    for (const search of this.#searches) {
      this.#advance(search, view, start, last);
      if (this.#counts(search)) return;
    }
  }

  #counts({ found, mark }: Search): boolean {
    return found !== undefined && (mark.needsProof !== true || this.#proven);
  }

  #advance(search: Search, view: Buffer, start: number, last: boolean): void {
    const { anchor, before, mark } = search;
    const { mostHits = usualHits } = mark;
    while (search.found === undefined && search.hits < mostHits) {
      const at = anchor.indexIn(view, Math.max(0, search.from - start));
      if (at < 0) {
        // another may begin in the last bytes
        search.from = Math.max(search.from, start + view.length - anchor.length + 1);
        return;
      }
      search.from = start + at;
      if (!last && at + ahead > view.length) return;
      search.hits += 1;
      search.from += 1;
      const window = view.toString('latin1', Math.max(0, at - before), Math.min(view.length, at + ahead));
      const match = mark.expression.exec(window);
      if (match === null) continue;
      search.found = versionOf(mark, match);
      this.#proven ||= mark.proves === true;
    }
  }
}

function versionOf({ form }: VersionMark, { groups }: RegExpExecArray): string | undefined {
  return form === undefined ? groups?.version : form.replace(/\$<(\w+)>/g, (_, name: string) => groups?.[name] ?? '');
}
