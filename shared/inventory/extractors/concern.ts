/**
 * By which paths a file can concern a kind of evidence: one of these is enough. They may name more files than are wanted, never fewer; `wants` decides of those. Texts are three
 * characters at least; upper and lower case are not told apart.
 */
export interface Concern {
  /** what a name is */
  readonly names?: readonly string[];
  /** what a name ends in */
  readonly endings?: readonly string[];
  /** what a name begins with */
  readonly beginnings?: readonly string[];
  /** what stands in the path of the folder that the file lies in, from the beginning of one of its parts */
  readonly folders?: readonly string[];
}

interface Concerned {
  readonly concerns: Concern;
}

const none: readonly never[] = [];

/** characters of a name by which its rules are found */
const edge = 3;
const keys = 1 << 15;

/** A text at one end of a name, and whom it concerns. */
class Rule {
  readonly #codes: Uint16Array;
  readonly #isWhole: boolean;
  readonly #atEnd: boolean;
  readonly whom: number;

  constructor(text: string, whom: number, at: 'name' | 'end' | 'start') {
    this.#codes = Uint16Array.from(text, (_, index) => text.charCodeAt(index) | 32);
    this.#isWhole = at === 'name';
    this.#atEnd = at !== 'start';
    this.whom = whom;
  }

  holds(base: string): boolean {
    const over = base.length - this.#codes.length;
    return (over === 0 || !this.#isWhole) && this.standsAt(base, this.#atEnd ? over : 0);
  }

  standsAt(text: string, start: number): boolean {
    const codes = this.#codes;
    if (start < 0 || start + codes.length > text.length) return false;
    for (let at = 0; at < codes.length; at += 1) if ((text.charCodeAt(start + at) | 32) !== codes[at]) return false;
    return true;
  }
}

/** Rules by the three characters at one end of a name: one look into a table passes over nearly every name. */
class Edges {
  readonly #slots = new Uint8Array(keys);
  /** by slot; the first is that of all other names */
  readonly #rules: Rule[][] = [[]];

  add(text: string, start: number, rule: Rule): void {
    if (text.length < edge) throw new RangeError(`"${text}" has fewer than ${edge} characters`);
    const key = keyAt(text, start);
    const slot = this.#slots[key] || this.#rules.push([]) - 1;
    if (slot > 255) throw new RangeError('more ends of names than a table of bytes can tell apart');
    this.#slots[key] = slot;
    this.#rules[slot]?.push(rule);
  }

  /** Which rules may hold: 0 for none of them, as of nearly all names. */
  slotOf(text: string, start: number): number {
    if (start < 0 || start + edge > text.length) return 0;
    return this.#slots[keyAt(text, start)] ?? 0;
  }

  /** Those rules. */
  at(slot: number): readonly Rule[] {
    return this.#rules[slot] ?? none;
  }
}

/** Three characters as a number, the same for upper and lower case; few others share it. */
function keyAt(text: string, start: number): number {
  let key = 0;
  for (let at = start; at < start + edge; at += 1) key = key * 33 + (text.charCodeAt(at) | 32);
  return key & (keys - 1);
}

const nobody: readonly number[] = [];

const added = (found: readonly number[], whom: number): readonly number[] =>
  found.includes(whom) ? found : [...found, whom];

/**
 * Tells which of many kinds of evidence a file can concern, by its name and its folder. Asking each of them about each of millions of files costs more than all they then read: here
 * a file that concerns nobody, as nearly all, costs two looks into a table.
 */
export class ConcernIndex<Kind extends Concerned> {
  readonly #kinds: readonly Kind[];
  readonly #starts = new Edges();
  readonly #ends = new Edges();
  readonly #parts = new Edges();

  /** Throws RangeError for texts that are too short. */
  constructor(kinds: readonly Kind[]) {
    this.#kinds = kinds;
    for (const [whom, { concerns }] of kinds.entries()) {
      for (const text of concerns.names ?? []) this.#ends.add(text, text.length - edge, new Rule(text, whom, 'name'));
      for (const text of concerns.endings ?? []) this.#ends.add(text, text.length - edge, new Rule(text, whom, 'end'));
      for (const text of concerns.beginnings ?? []) this.#starts.add(text, 0, new Rule(text, whom, 'start'));
      for (const text of concerns.folders ?? []) this.#parts.add(text, 0, new Rule(text, whom, 'start'));
    }
  }

  /** Which kinds every file of a folder concerns. Ask once for each folder and hand it to `of`. */
  inFolder(folder: string): readonly number[] {
    let found = nobody;
    for (let at = 0; ; ) {
      const slot = this.#parts.slotOf(folder, at);
      if (slot !== 0)
        for (const rule of this.#parts.at(slot)) if (rule.standsAt(folder, at)) found = added(found, rule.whom);
      const end = folder.indexOf('/', at);
      if (end < 0) return found;
      at = end + 1;
    }
  }

  /** The kinds that a file of this name concerns, in their own order; `inFolder` is what was said of its folder. */
  of(base: string, inFolder: readonly number[]): readonly Kind[] {
    const ending = this.#ends.slotOf(base, base.length - edge);
    const beginning = this.#starts.slotOf(base, 0);
    return ending + beginning + inFolder.length === 0 ? none : this.#closer(base, ending, beginning, inFolder);
  }

  /** On its own: what is asked of every name stays small. */
  #closer(base: string, ending: number, beginning: number, inFolder: readonly number[]): readonly Kind[] {
    let found = inFolder;
    for (const rule of this.#ends.at(ending)) if (rule.holds(base)) found = added(found, rule.whom);
    for (const rule of this.#starts.at(beginning)) if (rule.holds(base)) found = added(found, rule.whom);
    return found.length === 0 ? none : this.#kinds.filter((_, whom) => found.includes(whom));
  }
}
