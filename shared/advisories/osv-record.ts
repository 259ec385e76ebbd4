import { UnreadableRecord } from './errors.ts';
import type { AffectedRange, RangeEvent, SeverityStatement } from './types.ts';

// Beyond these a record is not an advisory but an attempt to hurt; the largest real ones stay far below.
const limits = {
  text: 2_000,
  ids: 2_000,
  affected: 50_000,
  ranges: 5_000,
  events: 20_000,
  versions: 200_000,
  severities: 50,
} as const;

/** One `affected` entry of an OSV record, GIT ranges set aside. */
export interface OsvAffected {
  readonly ecosystem: string;
  readonly name: string;
  readonly ranges: readonly AffectedRange[];
  readonly versions: readonly string[];
  readonly severity: readonly SeverityStatement[];
  readonly specific: Readonly<Record<string, string>>;
}

/** What matching needs of one OSV record (schema 1.7); unknown fields are ignored, schema_version may be absent. */
export interface OsvRecord {
  readonly id: string;
  readonly modified: string;
  readonly published?: string;
  readonly withdrawn?: string;
  readonly aliases: readonly string[];
  readonly upstream: readonly string[];
  readonly related: readonly string[];
  readonly summary?: string;
  readonly severity: readonly SeverityStatement[];
  readonly affected: readonly OsvAffected[];
  readonly malicious: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads one OSV record from its JSON text or value.
 *
 * @param name what to call it when it has no id: its file
 * @throws UnreadableRecord
 */
export function parseOsv(input: Uint8Array | string | object, name = 'a record'): OsvRecord {
  const value = typeof input === 'string' || input instanceof Uint8Array ? parseText(input, name) : input;
  const record = object(value, name, 'the record');
  const id = record['id'];
  if (typeof id !== 'string' || id === '' || id.length > 200) throw new UnreadableRecord(name, 'it has no id');
  const affected = list(record['affected'], id, 'affected', limits.affected).map((entry) =>
    readAffected(object(entry, id, 'affected'), id),
  );
  const specific = isObject(record['database_specific']) ? record['database_specific'] : {};
  return {
    id,
    modified: time(record['modified'], id, 'modified') ?? '1970-01-01T00:00:00Z',
    ...optional('published', time(record['published'], id, 'published')),
    ...optional('withdrawn', time(record['withdrawn'], id, 'withdrawn')),
    aliases: strings(record['aliases'], id, 'aliases', limits.ids),
    upstream: strings(record['upstream'], id, 'upstream', limits.ids),
    related: strings(record['related'], id, 'related', limits.ids),
    ...optional('summary', typeof record['summary'] === 'string' ? record['summary'].slice(0, limits.text) : undefined),
    severity: [...severities(record['severity'], 'record'), ...rating(specific)],
    affected: affected.flatMap((entry) => (entry === undefined ? [] : [entry])),
    malicious: id.startsWith('MAL-') || strings(specific['cwe_ids'], id, 'cwe_ids', limits.ids).includes('CWE-506'),
  };
}

function parseText(input: Uint8Array | string, name: string): unknown {
  try {
    return JSON.parse(
      typeof input === 'string'
        ? input
        : Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('utf8'),
    );
  } catch (cause) {
    throw new UnreadableRecord(
      name,
      `not JSON (${cause instanceof Error ? cause.message.slice(0, 120) : 'unreadable'})`,
    );
  }
}

function readAffected(entry: Json, id: string): OsvAffected | undefined {
  // OSV allows an entry that speaks of a repository only (GIT): it names no package.
  if (entry['package'] === undefined || entry['package'] === null) return undefined;
  const { ecosystem, name } = object(entry['package'], id, 'package');
  if (
    typeof ecosystem !== 'string' ||
    typeof name !== 'string' ||
    ecosystem === '' ||
    name === '' ||
    name.length > 1_000
  )
    throw new UnreadableRecord(id, 'an affected package without ecosystem or name');
  const database = isObject(entry['database_specific']) ? entry['database_specific'] : {};
  const bound = upperBound(database['last_known_affected_version_range']);
  const ranges = list(entry['ranges'], id, 'ranges', limits.ranges).flatMap((range) =>
    readRange(object(range, id, 'range'), id, bound),
  );
  const own = ecosystem === 'Go' && ranges.every(isOpen) ? rangesOfReleases(entry['ecosystem_specific'], id) : [];
  return {
    ecosystem,
    name,
    ranges: own.length > 0 ? own : ranges,
    versions: strings(entry['versions'], id, 'versions', limits.versions),
    severity: [...severities(entry['severity'], 'package'), ...rating(database)],
    specific: readSpecific(entry['ecosystem_specific']),
  };
}

function readRange(range: Json, id: string, bound: RangeEvent | undefined): readonly AffectedRange[] {
  if (range['type'] === 'GIT') return [];
  if (range['type'] !== 'SEMVER' && range['type'] !== 'ECOSYSTEM')
    throw new UnreadableRecord(id, 'a range of an unknown type');
  const events = list(range['events'], id, 'events', limits.events).flatMap((event) =>
    readEvent(object(event, id, 'event'), id),
  );
  const read: AffectedRange = { type: range['type'], events };
  return [isOpen(read) && bound !== undefined ? { ...read, events: [...events, bound] } : read];
}

const isOpen = ({ events }: AffectedRange): boolean => events.every((event) => 'introduced' in event);

/** Versions that are made of a commit's time, where the module has no others: they come before 0.0.0. */
const ofCommits: AffectedRange = { type: 'SEMVER', events: [{ introduced: '0' }, { limit: '0.0.0' }] };

/**
 * Go's advisories call every version of a module affected whose releases are no versions of a module (ingress-nginx, Grafana), and give the affected releases apart
 * (go.dev/doc/security/vuln/database, "ecosystem_specific": `custom_ranges`). What is known by its release is judged by these; which commits they are nobody says. None when
 * there are none.
 */
function rangesOfReleases(specific: unknown, id: string): readonly AffectedRange[] {
  const custom = isObject(specific) ? specific['custom_ranges'] : undefined;
  const ranges = list(custom, id, 'custom_ranges', limits.ranges).flatMap((range) =>
    readRange(object(range, id, 'range'), id, undefined),
  );
  return ranges.length === 0 ? [] : [...ranges, ofCommits];
}

const eventKinds = ['introduced', 'fixed', 'last_affected', 'limit'] as const;

function readEvent(event: Json, id: string): readonly RangeEvent[] {
  const found: RangeEvent[] = [];
  for (const kind of eventKinds) {
    const version = event[kind];
    if (version === undefined) continue;
    if (typeof version !== 'string' || version === '' || version.length > 1_000)
      throw new UnreadableRecord(id, `an event "${kind}" without a version`);
    found.push({ [kind]: version } as unknown as RangeEvent);
  }
  if (found.length !== 1)
    throw new UnreadableRecord(id, 'an event that is not exactly one of introduced, fixed, last_affected, limit');
  return found;
}

/** GHSA says of ranges without a fix up to where they are known to go: `<= 1.2.17` (reference advisories.md section 2, rule 4). */
function upperBound(value: unknown): RangeEvent | undefined {
  const match = typeof value === 'string' ? /^(<=?)\s*(\S{1,200})$/.exec(value.trim()) : null;
  if (match?.[2] === undefined) return undefined;
  return match[1] === '<=' ? { last_affected: match[2] } : { limit: match[2] };
}

function severities(value: unknown, from: 'record' | 'package'): SeverityStatement[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, limits.severities).flatMap((entry: unknown) => {
    if (!isObject(entry)) return [];
    const { type, score } = entry;
    return typeof type === 'string' && typeof score === 'string' && score.length <= 500
      ? [{ type: type.slice(0, 50), score, from }]
      : [];
  });
}

function rating(specific: Json): SeverityStatement[] {
  const word = specific['severity'];
  return typeof word === 'string' && /^[A-Za-z]{2,20}$/.test(word)
    ? [{ type: 'rating', score: word.toUpperCase(), from: 'database' }]
    : [];
}

// Only what judging reads: anything else would make every editorial change look like a change of the match.
const specificFields = [
  'urgency',
  'nodsa',
  'nodsa_reason',
  'status',
  'availability',
  'ubuntu_priority',
  'repository',
  'module',
  'binaries',
  'architectures',
  'advisory',
  'justification',
] as const;

function readSpecific(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  const imports = importsOf(value['imports']);
  return Object.fromEntries([
    ...specificFields.flatMap((field) =>
      typeof value[field] === 'string' ? [[field, value[field].slice(0, 200)]] : [],
    ),
    ...(imports === undefined ? [] : [['imports', imports]]),
  ]);
}

const mostImports = 100;

/**
 * The packages of a Go module that a flaw is in, with blanks between them (go.dev/security/vuln/database, "ecosystem_specific"); undefined: all of them, and for
 * what is no such list.
 */
function importsOf(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > mostImports) return undefined;
  const paths = value.map((entry: unknown) => (isObject(entry) ? entry['path'] : undefined));
  return paths.every((path) => typeof path === 'string' && /^[\w.~/+-]{1,200}$/.test(path))
    ? [...new Set(paths)].sort().join(' ')
    : undefined;
}

function time(value: unknown, id: string, field: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.length > 40 || !/^\d{4}-\d{2}-\d{2}/.test(value))
    throw new UnreadableRecord(id, `${field} is not a time`);
  return value;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function object(value: unknown, id: string, what: string): Json {
  if (!isObject(value)) throw new UnreadableRecord(id, `${what} is not an object`);
  return value;
}

function list(value: unknown, id: string, what: string, most: number): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new UnreadableRecord(id, `${what} is not a list`);
  if (value.length > most) throw new UnreadableRecord(id, `${what} has more than ${most} members`);
  return value;
}

function strings(value: unknown, id: string, what: string, most: number): readonly string[] {
  return list(value, id, what, most).map((member) => {
    if (typeof member !== 'string' || member.length > 1_000)
      throw new UnreadableRecord(id, `${what} holds something that is not a short string`);
    return member;
  });
}

const optional = <K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
