import { type AdvisoryBook, type MatchRecord, versionOrderOf } from '#shared/advisories';

// Bills of real names at the versions where advisories decide: what no image holds at once, every ecosystem's range ends.

/** How the names of a shard are written as package URLs. */
const forms: Readonly<Record<string, (name: string, version: string) => string>> = {
  'Alpine:v3.17': (name, version) => `pkg:apk/alpine/${name}@${encode(version)}?arch=x86_64&distro=3.17.1`,
  'AlmaLinux:9': (name, version) => rpm(name, version, 'almalinux-9.3'),
  'AlmaLinux:8': (name, version) => rpm(name, version, 'almalinux-8.9'),
  'Debian:11': (name, version) => `pkg:deb/debian/${name}@${encode(version)}?arch=source&distro=debian-11`,
  'Debian:12': (name, version) => `pkg:deb/debian/${name}@${encode(version)}?arch=source&distro=debian-12`,
  'Ubuntu:20.04:LTS': (name, version) => `pkg:deb/ubuntu/${name}@${encode(version)}?arch=source&distro=ubuntu-20.04`,
  npm: (name, version) => `pkg:npm/${scoped(name)}@${encode(version)}`,
  PyPI: (name, version) => `pkg:pypi/${name}@${encode(version)}`,
  Go: (name, version) => `pkg:golang/${name}@v${encode(version.replace(/^v/, ''))}`,
  Maven: (name, version) => `pkg:maven/${name.replace(':', '/')}@${encode(version)}`,
  RubyGems: (name, version) => `pkg:gem/${name}@${encode(version)}`,
  'crates.io': (name, version) => `pkg:cargo/${name}@${encode(version)}`,
  Packagist: (name, version) => `pkg:composer/${name}@${encode(version)}`,
};

const encode = encodeURIComponent;
const scoped = (name: string): string => name.replace('@', '%40');

function rpm(name: string, version: string, distro: string): string {
  const [, epoch, rest] = /^(?:(\d+):)?(.*)$/.exec(version) ?? [];
  return `pkg:rpm/almalinux/${name}@${encode(rest ?? '')}?arch=x86_64&distro=${distro}${epoch === undefined ? '' : `&epoch=${epoch}`}`;
}

/** Shards that a bill can be made of. */
export const billedShards = Object.keys(forms);

const namesOfShard = 200;
const versionsOfName = 6;

/** A CycloneDX document of some names of a shard, evenly chosen, each at versions that its records name: the first affected and the first fixed ones. */
export async function billOf(book: AdvisoryBook, shard: string): Promise<string | undefined> {
  const form = forms[shard];
  const opened = await book.shard(shard);
  if (form === undefined || opened === undefined) return undefined;
  const names = [...opened.names()].filter(
    (name) => !/[\s%?#]/.test(name) && name !== 'stdlib' && name !== 'toolchain',
  );
  const step = Math.max(1, Math.floor(names.length / namesOfShard));
  const components = names
    .filter((_, at) => at % step === 0)
    .flatMap((name) =>
      versionsIn(shard, opened.lookup(name)).map((version) => ({
        type: 'library',
        name,
        version,
        purl: form(name, version),
        'bom-ref': form(name, version),
      })),
    );
  return JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components });
}

function versionsIn(shard: string, records: readonly MatchRecord[]): string[] {
  const order = versionOrderOf(shard);
  const found = new Set<string>();
  for (const { affected } of records)
    for (const { ranges, versions } of affected) {
      for (const { events } of ranges)
        for (const event of events) for (const version of Object.values(event)) if (version !== '0') found.add(version);
      for (const version of versions.slice(0, 2)) found.add(version);
    }
  const sorted = [...found].sort((a, b) => order?.compare(a, b) ?? 0);
  const every = Math.max(1, Math.ceil(sorted.length / versionsOfName));
  return sorted.filter((_, at) => at % every === 0);
}
