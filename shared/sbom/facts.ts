import type { Bill, BillDistribution, BillFile, BillPart } from './bill.ts';
import { optional } from './claims.ts';

/**
 * What a bill knows and a form has no field for, as names with values: CycloneDX keeps them as properties, SPDX as lines of a comment. The same name may stand
 * several times.
 */
export type Facts = readonly (readonly [name: string, value: string])[];

const prefix = 'drydock:';

/** Facts of the document: platform, layers, and what is not in it. */
export const documentFacts = ({ subject, layers, gaps }: Pick<Bill, 'subject' | 'layers' | 'gaps'>): Facts => [
  ...given('platform', subject.platform),
  ...layers.map(
    ({ digest, size, createdBy }) =>
      ['layer', [digest, size, ...(createdBy === undefined ? [] : [createdBy])].join(' ')] as const,
  ),
  ...gaps.map(({ code, text }) => ['gap', `${code} ${text}`] as const),
];

/** Facts of a package. */
export const partFacts = (part: BillPart): Facts => [
  ...given('key', part.key),
  ...given('source', part.source),
  ...given('source-version', part.sourceVersion),
  ...given('module', part.module),
  ...given('layer', part.layer),
  ...given('path', part.path),
  ...given('owned-by', part.ownedBy),
  ...given('type', part.type),
  ...given('bundled', part.bundled),
];

/** Facts of an executable. */
export const fileFacts = (file: BillFile): Facts => [...given('layer', file.layer), ...given('owner', file.owner)];

/** Facts of the operating system. */
export const distributionFacts = (distribution: BillDistribution): Facts => [
  ...given('codename', distribution.codename),
  ...given('pretty-name', distribution.prettyName),
  ...given('ecosystem', distribution.ecosystem),
  ...given('channel', distribution.channel),
];

const given = (name: string, value: string | undefined): Facts => (value === undefined ? [] : [[name, value]]);

/** Facts as CycloneDX properties; undefined when there are none. */
export const asProperties = (facts: Facts): readonly { readonly name: string; readonly value: string }[] | undefined =>
  facts.length === 0 ? undefined : facts.map(([name, value]) => ({ name: `${prefix}${name}`, value }));

/** Facts as lines of a comment; undefined when there are none. */
export const asComment = (facts: Facts): string | undefined =>
  facts.length === 0 ? undefined : facts.map(([name, value]) => `${prefix}${name}=${escaped(value)}`).join('\n');

/** A comment of facts as the field of an SPDX element; no field when there are none. */
export const withComment = (facts: Facts): { readonly comment?: string } => optional('comment', asComment(facts));

const escaped = (value: string): string =>
  value.replace(/[%\r\n]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** Facts that were read, by name. Names without the prefix are other tools' and are kept as they are. */
export class ReadFacts {
  readonly #values = new Map<string, string[]>();

  add(name: string, value: string): void {
    const known = this.#values.get(name);
    if (known === undefined) this.#values.set(name, [value]);
    else known.push(value);
  }

  /** Takes the lines of a comment that are facts; other lines are somebody's words. */
  addComment(comment: string): void {
    for (const line of comment.split(/\r?\n/)) {
      const equals = line.indexOf('=');
      if (!line.startsWith(prefix) || equals < 0) continue;
      const value = line.slice(equals + 1).replace(/%(25|0d|0a)/g, (_, hex: string) => unescaped[hex] ?? '');
      this.add(line.slice(0, equals), value);
    }
  }

  /** The first value of one of our own facts. */
  own(name: string): string | undefined {
    return this.first(`${prefix}${name}`);
  }

  /** All values of one of our own facts. */
  allOwn(name: string): readonly string[] {
    return this.#values.get(`${prefix}${name}`) ?? [];
  }

  /** The first value of any tool's fact. */
  first(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }
}

const unescaped: Readonly<Record<string, string>> = { '25': '%', '0d': '\r', '0a': '\n' };
