import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { plainPurl } from '../plain-purl.ts';
import { said, sorted } from '../said.ts';
import { emptyTrivyCache } from '../trivy-cache.ts';
import { onPath, type Peer, type Seen } from './peer.ts';

const execute = promisify(execFile);

interface Component {
  readonly purl?: string;
  readonly supplier?: { readonly name: string };
  readonly licenses?: readonly { readonly license?: { readonly name?: string; readonly id?: string } }[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/** Trivy without its databases: the one of jars is empty, so their coordinates come from the jars alone. */
export const trivy: Peer = {
  name: 'trivy',
  namesSources: false,
  missing: () => (onPath('trivy') ? undefined : 'trivy is not on the PATH'),
  async packages(layout) {
    const cache = mkdtempSync(path.join(tmpdir(), 'drydock-truth-trivy-'));
    try {
      emptyTrivyCache(cache);
      const { stdout } = await execute(
        'trivy',
        [
          ...['image', '--quiet', '--input', layout, '--format', 'cyclonedx', '--timeout', '30m'],
          ...['--offline-scan', '--skip-java-db-update', '--cache-dir', cache],
        ],
        { maxBuffer: 2 ** 30 },
      );
      const { components = [] } = JSON.parse(stdout) as { readonly components?: readonly Component[] };
      return new Map(
        components.flatMap((each) => (each.purl === undefined ? [] : [[plainPurl(each.purl), seen(each)]])),
      );
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  },
};

function seen({ purl = '', supplier, licenses = [], properties = [] }: Component): Seen {
  const own = (name: string): string | undefined =>
    properties.find((each) => each.name === `aquasecurity:trivy:${name}`)?.value;
  const where = `${own('PkgType') ?? '?'} at ${own('FilePath') ?? '?'}`;
  if (!/^pkg:(?:apk|rpm)\//.test(purl)) return { where };
  return {
    where,
    said: said({
      source: own('SrcName'),
      architecture: /[?&]arch=([^&]+)/.exec(purl)?.[1],
      supplier: supplier?.name,
      licenses: sorted(licenses.flatMap(({ license }) => license?.name ?? license?.id ?? [])),
    }),
  };
}
