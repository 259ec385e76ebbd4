import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { versionOrderOf } from '../../../../shared/advisories/versions/index.ts';
import { brokenLaw } from './order-laws.ts';
import { zipEntries } from './zip-entries.ts';

const DATA = join(import.meta.dirname, '../../../../../shared/data/osv');

/** Ecosystem folders and the greatest share of malformed versions that their records may hold. */
const FOLDERS: Readonly<Record<string, number>> = {
  AlmaLinux: 0,
  Alpaquita: 0,
  Alpine: 1,
  'BellSoft Hardened Containers': 0,
  Bitnami: 1,
  Debian: 1,
  Go: 1,
  Maven: 0,
  NuGet: 0,
  Packagist: 1,
  PyPI: 1,
  RubyGems: 1,
  SwiftURL: 0,
  Ubuntu: 1,
  'crates.io': 1,
  npm: 1,
};

interface Affected {
  readonly package?: { readonly ecosystem?: string };
  readonly versions?: readonly string[];
  readonly ranges?: readonly {
    readonly type?: string;
    readonly events?: readonly Readonly<Record<string, string>>[];
  }[];
}

/** Every distinct version in the records of a folder, of the folder's own ecosystem. */
function recordedVersions(folder: string): readonly string[] {
  const versions = new Set<string>();
  for (const { name, text } of zipEntries(readFileSync(join(DATA, folder, 'all.zip')))) {
    if (!name.endsWith('.json')) continue;
    const { affected = [] } = JSON.parse(text) as { readonly affected?: readonly Affected[] };
    for (const entry of affected) {
      if (entry.package?.ecosystem?.split(':')[0] !== folder) continue;
      for (const version of entry.versions ?? []) versions.add(version);
      for (const range of entry.ranges ?? []) {
        if (range.type === 'GIT') continue;
        for (const event of range.events ?? []) for (const version of Object.values(event)) versions.add(version);
      }
    }
  }
  versions.delete('0');
  return [...versions];
}

/** Members spread over a list, the same for the same list. */
function spread<T>(list: readonly T[], count: number, from: number): readonly T[] {
  const step = Math.max(1, Math.floor(list.length / count));
  return list.filter((_, i) => i % step === from % step).slice(0, count);
}

const present = existsSync(DATA) ? readdirSync(DATA) : [];
if (present.length === 0) console.warn('SKIPPED: recorded versions are not checked, ../shared/data/osv is absent.');

describe.runIf(present.length > 0)('the versions of recorded advisories', () => {
  test.for(Object.entries(FOLDERS).filter(([folder]) => present.includes(folder)))(
    '%s',
    ([folder, percentMalformed]) => {
      const order = versionOrderOf(folder);
      if (order === undefined) throw new Error(`no order for ${folder}`);
      const versions = recordedVersions(folder);
      expect(versions.length).toBeGreaterThan(0);

      const malformed = versions.filter((version) => !order.valid(version));
      expect(malformed.length, malformed.slice(0, 20).join(' ')).toBeLessThanOrEqual(
        (versions.length * percentMalformed) / 100,
      );

      const sorted = [...versions].sort(order.compare);
      for (let distance = 1; distance < sorted.length; distance = distance * 3 + 1) {
        for (let i = 0; i + distance < sorted.length; i++) {
          const low = sorted[i] ?? '';
          const high = sorted[i + distance] ?? '';
          const sign = order.compare(low, high);
          if (sign > 0 || order.compare(high, low) !== 0 - sign) {
            expect([low, '<=', high]).toBe(`in the order ${order.name}`);
          }
        }
      }
      for (let from = 0; from < 20; from++) {
        expect(brokenLaw(order, spread(sorted, 40, from * 7))).toBeUndefined();
        expect(brokenLaw(order, sorted.slice(from * 40, from * 40 + 40))).toBeUndefined();
      }
    },
  );
});
