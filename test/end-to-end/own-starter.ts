import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** One flaw of a made-up package on Debian 12 (or of npm): below `fixed` it is there. */
export interface Flaw {
  readonly ecosystem?: 'npm';
  readonly name: string;
  readonly fixed: string;
  /** default: critical */
  readonly vector?: string;
  readonly summary?: string;
}

/** The vulnerability of a flaw. */
export const cveOf = (name: string): string =>
  `CVE-2099-${1_000 + [...Buffer.from(name)].reduce((sum, byte, at) => (sum + byte * (at + 7)) % 8_999, 0)}`;

/** Writes starter advisories of these flaws beside a data folder; what `--starter` is given. */
export async function starterOf(dataFolder: string, flaws: readonly Flaw[]): Promise<string> {
  const folder = path.join(path.dirname(dataFolder), 'starter');
  for (const [index, { ecosystem, name, fixed, vector, summary }] of flaws.entries()) {
    const id = ecosystem === 'npm' ? `GHSA-aaaa-bbbb-${2_000 + index}` : `DSA-${9_000 + index}-1`;
    const record = {
      schema_version: '1.7.0',
      id,
      modified: '2026-01-01T00:00:00Z',
      published: '2026-01-01T00:00:00Z',
      [ecosystem === 'npm' ? 'aliases' : 'upstream']: [cveOf(name)],
      severity: [{ type: 'CVSS_V3', score: vector ?? 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
      summary: summary ?? `a flaw of ${name}`,
      affected: [
        {
          package: { ecosystem: ecosystem ?? 'Debian:12', name },
          ranges: [{ type: ecosystem === 'npm' ? 'SEMVER' : 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
        },
      ],
    };
    const shelf = path.join(folder, 'advisories', ecosystem ?? 'Debian');
    await mkdir(shelf, { recursive: true });
    await writeFile(path.join(shelf, `${id}.json`), JSON.stringify(record));
  }
  return folder;
}
