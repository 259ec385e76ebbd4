import { before, type FeedAffected, type FeedRecord, type RawRecord } from '../feed.ts';
import { isObject, listOf } from '../read-file.ts';
import { type SaidOfPackage, saidOfPackages } from './packages.ts';
import { readProductTree } from './product-tree.ts';
import { type Said, statementsOf } from './statements.ts';

/** The id that a document's record has, by its path: `2024/cve-2024-6387.json` is REDHAT-CVE-2024-6387. undefined: no document of a CVE. */
export function recordIdOf(path: string): string | undefined {
  const cve = /(?:^|\/)(cve-\d{4}-\d{4,19})\.json$/.exec(path)?.[1];
  return cve === undefined ? undefined : `REDHAT-${cve.toUpperCase()}`;
}

/**
 * Reads a CSAF VEX document of Red Hat as a record: what each stream of Red Hat Enterprise Linux says of each source package, and of single binaries where
 * that differs. A document that speaks of other products alone, or is withdrawn, becomes a record of nothing; one that cannot be read keeps its bytes, which
 * parseOsv refuses.
 *
 * @param id the record's, by the document's path
 */
export function vexRecord(id: string, bytes: Buffer): FeedRecord | RawRecord {
  const document = parsed(bytes);
  const head = isObject(document) ? document['document'] : undefined;
  const tracking = isObject(head) ? head['tracking'] : undefined;
  if (!isObject(document) || !isObject(head) || !isObject(tracking)) return { id, bytes: broken };
  const { id: cve, current_release_date: released, initial_release_date: first, status } = tracking;
  if (typeof cve !== 'string' || `REDHAT-${cve.toUpperCase()}` !== id || secondOf(released) === undefined)
    return { id, bytes: broken };
  const find = readProductTree(document['product_tree']);
  const packages = listOf(document['vulnerabilities'])
    .filter(isObject)
    .flatMap((vulnerability) => saidOfPackages(statementsOf(vulnerability, find)));
  const published = secondOf(first);
  return {
    id,
    modified: secondOf(released) ?? '',
    ...(published === undefined ? {} : { published }),
    upstream: [cve.toUpperCase()],
    ...(typeof head['title'] === 'string' ? { summary: head['title'].slice(0, 300) } : {}),
    affected: status === 'deleted' ? [] : packages.flatMap(entriesOf),
  };
}

// no JSON, so that it is counted as a record that cannot be read
const broken = Buffer.from('not a CSAF VEX document of this CVE');

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** `2026-01-14T21:01:11.037000+00:00` in UTC, to the second. */
function secondOf(text: unknown): string | undefined {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : `${new Date(time).toISOString().slice(0, 19)}Z`;
}

function entriesOf(said: SaidOfPackage): FeedAffected[] {
  const about = (one: Said, binaries: string | undefined): FeedAffected => ({
    package: { ecosystem: said.ecosystem, name: said.source },
    ranges: rangesOf(one),
    ecosystem_specific: {
      ...(said.module === undefined ? {} : { module: said.module }),
      ...(binaries === undefined ? {} : { binaries }),
      ...detailsOf(one, said.architectures),
    },
    ...(said.vector === undefined ? {} : { severity: [{ type: vectorType(said.vector), score: said.vector }] }),
    ...(said.impact === undefined ? {} : { database_specific: { severity: said.impact } }),
  });
  const alike = new Map<string, { readonly said: Said; readonly names: string[] }>();
  for (const [name, own] of said.binaries)
    for (const one of own) {
      const key = JSON.stringify(one);
      const known = alike.get(key) ?? { said: one, names: [] };
      alike.set(key, known);
      known.names.push(name);
    }
  return [
    ...said.all.map((one) => about(one, undefined)),
    ...[...alike.values()].flatMap(({ said: one, names }) => inLines(names.sort()).map((line) => about(one, line))),
  ];
}

function rangesOf(said: Said): FeedAffected['ranges'] {
  if (said.kind === 'fixed') return before(said.version);
  // "0": no version was ever affected, which is a judgement too
  return before(said.kind === 'not-affected' ? '0' : undefined);
}

function detailsOf(said: Said, architectures: SaidOfPackage['architectures']): Readonly<Record<string, string>> {
  switch (said.kind) {
    case 'fixed': {
      const built = builtFor(architectures.get(said.version.replace(/^\d+:/, '')));
      return {
        ...(said.advisory === undefined ? {} : { advisory: said.advisory }),
        ...(built === undefined ? {} : { architectures: built }),
      };
    }
    case 'affected':
      return said.status === 'affected' ? {} : { status: said.status };
    case 'investigated':
      return { status: 'under-investigation' };
    default:
      return said.justification === undefined ? {} : { justification: said.justification };
  }
}

const everywhere = ['aarch64', 'ppc64le', 's390x', 'x86_64'];

/** The architectures that a fix is for; undefined: for all, or nothing is said. */
function builtFor(architectures: ReadonlySet<string> | undefined): string | undefined {
  if (architectures === undefined || architectures.has('noarch')) return undefined;
  return everywhere.every((one) => architectures.has(one)) ? undefined : [...architectures].sort().join(' ');
}

const vectorType = (vector: string): string =>
  vector.startsWith('CVSS:4') ? 'CVSS_V4' : vector.startsWith('CVSS:3') ? 'CVSS_V3' : 'CVSS_V2';

/** Names in texts that are short enough for a record's details. */
function inLines(names: readonly string[]): string[] {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + name.length > 200) lines.push(name);
    else lines[lines.length - 1] = `${last} ${name}`;
  }
  return lines;
}
