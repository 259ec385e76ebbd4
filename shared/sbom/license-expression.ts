import { exceptionIds, licenseIds } from './license-ids.ts';

/** A licence as packages state it: one identifier of the list, a valid expression of them, or a name that only people understand. */
export type License =
  | { readonly kind: 'id'; readonly text: string }
  | { readonly kind: 'expression'; readonly text: string }
  | { readonly kind: 'name'; readonly text: string };

/** longer ones are licence texts, not names */
const longest = 500;
const deepest = 20;

/** most packages of a bill state one of a few licences */
const mostRemembered = 4096;
const remembered = new Map<string, License>();

/** Reads what a package states as its licence, and remembers it; identifiers get the list's spelling. White space is made plain; never throws. */
export function readLicense(stated: string): License {
  const known = remembered.get(stated);
  if (known !== undefined) return known;
  const license = parseLicense(stated);
  if (remembered.size < mostRemembered && stated.length <= longest) remembered.set(stated, license);
  return license;
}

function parseLicense(stated: string): License {
  const plain = stated
    .slice(0, 4 * longest)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  if (plain.length > longest) return { kind: 'name', text: `${plain.slice(0, longest - 1).trim()}…` };
  const id = licenseIds.get(plain.toLowerCase());
  if (id !== undefined) return { kind: 'id', text: id };
  const expression = normalExpression(plain);
  return expression === undefined ? { kind: 'name', text: plain } : { kind: 'expression', text: expression };
}

/** Reads all that a package states; what says nothing is left out. */
export const readLicenses = (stated: readonly string[]): readonly License[] =>
  stated.map(readLicense).filter(({ text }) => text !== '');

/** An SPDX expression (2.3, annex D) in the list's spelling; undefined for what is none. LicenseRefs of unknown documents are none either. */
function normalExpression(text: string): string | undefined {
  const tokens = text.match(/\(|\)|[^\s()]+/g) ?? [];
  const reader = new ExpressionReader(tokens);
  const read = reader.disjunction(0);
  return reader.isDone ? read : undefined;
}

class ExpressionReader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get isDone(): boolean {
    return this.#at === this.#tokens.length;
  }

  disjunction(depth: number): string | undefined {
    return this.#joined('OR', () => this.#joined('AND', () => this.#member(depth)));
  }

  #joined(operator: 'AND' | 'OR', next: () => string | undefined): string | undefined {
    const parts: string[] = [];
    do {
      const part = next();
      if (part === undefined) return undefined;
      parts.push(part);
    } while (this.#takes(operator));
    return parts.join(` ${operator} `);
  }

  #member(depth: number): string | undefined {
    if (this.#takes('(')) {
      const inner = depth < deepest ? this.disjunction(depth + 1) : undefined;
      return inner !== undefined && this.#takes(')') ? `(${inner})` : undefined;
    }
    const token = this.#tokens[this.#at] ?? '';
    const plain = token.replace(/\+$/, '');
    const whole = licenseIds.get(token.toLowerCase());
    const id = whole ?? licenseIds.get(plain.toLowerCase());
    if (id === undefined) return undefined;
    this.#at += 1;
    const written = whole ?? `${id}+`;
    if (!this.#takes('WITH')) return written;
    const exception = exceptionIds.get((this.#tokens[this.#at] ?? '').toLowerCase());
    this.#at += 1;
    return exception === undefined ? undefined : `${written} WITH ${exception}`;
  }

  #takes(token: string): boolean {
    if (this.#tokens[this.#at]?.toUpperCase() !== token) return false;
    this.#at += 1;
    return true;
  }
}
