import { inventoryOf, osRelease, stanza, type Tree } from './images.ts';

const debian: Tree = {
  'etc/os-release': osRelease.debian12,
  'var/lib/dpkg/status': stanza('bash', '5.2'),
  'var/lib/dpkg/info/bash.list': '/bin/bash\n',
};

/** What is found in layers on a small Debian, beside its own packages: `<ecosystem> <purl>` of each, and what coverage says. */
export async function besideDebian(
  ...layers: readonly Tree[]
): Promise<{ readonly found: readonly string[]; readonly reasons: readonly string[] }> {
  const { packages, coverage } = await inventoryOf(debian, ...layers);
  return {
    found: packages.filter(({ type }) => type !== 'deb').map(({ purl, key }) => `${key.ecosystem} ${purl}`),
    reasons: coverage.reasons.map(({ text }) => text),
  };
}
