import { InvalidPackageKey } from './errors.ts';
import type { PackageKey } from './types.ts';

const fields = [
  'ecosystem',
  'release',
  'channel',
  'vendor',
  'module',
  'architecture',
  'name',
  'version',
  'source',
  'sourceVersion',
] as const satisfies readonly (keyof PackageKey)[];

/**
 * A package key as one text, the same for equal keys and different for different ones: the ten fields in the order of the glossary, joined
 * by `|`, with `%` and `|` escaped; an absent field is empty, an empty one is `%`. 'Debian|12||||amd64|curl|7.88.1-10|curl|7.88.1-10'.
 */
export function packageKeyId(key: PackageKey): string {
  return fields.map((field) => written(key[field])).join('|');
}

/** Reads what `packageKeyId` wrote. Throws InvalidPackageKey. */
export function parsePackageKeyId(id: string): PackageKey {
  const parts = id.split('|');
  if (parts.length !== fields.length) throw new InvalidPackageKey(id);
  const values: Partial<Record<(typeof fields)[number], string>> = {};
  for (const [index, field] of fields.entries()) {
    const value = parts[index];
    if (value === undefined || value === '') continue;
    values[field] = read(value, id);
  }
  const { ecosystem, name, version } = values;
  if (ecosystem === undefined || name === undefined || version === undefined) throw new InvalidPackageKey(id);
  return { ...values, ecosystem, name, version };
}

function written(value: string | undefined): string {
  if (value === undefined) return '';
  return value === '' ? '%' : value.replace(/[%|]/g, (c) => (c === '%' ? '%25' : '%7C'));
}

function read(value: string, id: string): string {
  if (value === '%') return '';
  return value.replace(/%(..)?/g, (_, hex: string | undefined) => {
    if (hex === '25') return '%';
    if (hex === '7C') return '|';
    throw new InvalidPackageKey(id);
  });
}

/** The shard that judges a package: `Debian:12`, `Ubuntu:22.04:LTS`, `npm`. */
export function shardName(key: Pick<PackageKey, 'ecosystem' | 'release'>): string {
  return key.release === undefined ? key.ecosystem : `${key.ecosystem}:${key.release}`;
}

// OSV's AlmaLinux records hold binary names although the schema says source (advisories.md, section 3); so do Amazon's updateinfo and what Docker and TuxCare write
const judgedByBinary = new Set(['AlmaLinux', 'Amazon Linux', 'Docker Hardened Images', 'TuxCare']);

/** True when advisories are looked up by the source package. */
export function isJudgedBySource(key: PackageKey): boolean {
  return key.source !== undefined && !judgedByBinary.has(key.ecosystem);
}

/** The name that advisories use for this package: the source package where the distribution's advisories name sources, else its own. */
export function matchName(key: PackageKey): string {
  return isJudgedBySource(key) ? (key.source ?? key.name) : key.name;
}

/** The version that goes with `matchName`: a source package's own version may differ from the binary's (`+b1`, detection.md trap 1). */
export function matchVersion(key: PackageKey): string {
  return isJudgedBySource(key) ? (key.sourceVersion ?? key.version) : key.version;
}
