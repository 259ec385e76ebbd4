/** A release of a product of endoflife.date, whatever form it was read from. */
export interface ProductRelease {
  readonly name: string;
  readonly lts: boolean;
  /** the last day of security support that everybody gets; null: no end is known */
  readonly eol: string | null;
  /** of extended support; undefined: there is none */
  readonly extended?: string | null;
}

/** The end of one shard's security updates; null: none is known yet. */
export type ShardEnd = readonly [shard: string, date: string | null];

/**
 * How the distributions of endoflife.date are called as shards, and which of their dates counts: the end of the updates that everybody gets without a contract that
 * is paid for. For Debian that is its long-term support; what Ubuntu Pro gives stands beside it as `esm`, Red Hat's extended life cycle as `els`.
 */
const products: Readonly<Record<string, (release: ProductRelease) => readonly ShardEnd[]>> = {
  debian: ({ name, eol, extended }) => (isMajor(name) ? [[`Debian:${name}`, later(eol, extended)]] : []),
  ubuntu: ({ name, lts, eol, extended }) => [
    [`Ubuntu:${name}${lts ? ':LTS' : ''}`, eol],
    ...(lts && typeof extended === 'string' ? [[`Ubuntu:${name}:LTS esm`, extended] as const] : []),
  ],
  'alpine-linux': ({ name, eol }) => [[`Alpine:v${name}`, eol]],
  almalinux: ({ name, eol }) => [[`AlmaLinux:${name}`, eol]],
  'rocky-linux': ({ name, eol }) => [[`Rocky Linux:${name}`, eol]],
  rhel: ({ name, eol, extended }) => [
    [`Red Hat:enterprise_linux:${name}`, eol],
    ...(typeof extended === 'string' ? [[`Red Hat:enterprise_linux:${name} els`, extended] as const] : []),
  ],
  centos: ({ name, eol }) => [[`CentOS:${name}`, eol]],
  'centos-stream': ({ name, eol }) => [[`CentOS:Stream ${name}`, eol]],
  fedora: ({ name, eol }) => (isMajor(name) ? [[`Fedora:${name}`, eol]] : []),
  'oracle-linux': ({ name, eol }) => [[`Oracle Linux:${name}`, eol]],
  // the releases of the first Amazon Linux are one to its packages
  'amazon-linux': ({ name, eol }) =>
    isMajor(name) ? [[`Amazon Linux:${name}`, eol]] : name === '2018.03' ? [['Amazon Linux:1', eol]] : [],
  // CBL-Mariner among them, which its packages call by the later name too
  'azure-linux': ({ name, eol }) => [[`Azure Linux:${name.split('.')[0]}`, eol]],
  photon: ({ name, eol }) => [[`Photon OS:${name}`, eol]],
  openeuler: ({ name, eol }) => [[`openEuler:${name.toUpperCase()}`, eol]],
  mageia: ({ name, eol }) => [[`Mageia:${name}`, eol]],
  opensuse: ({ name, eol }) => [[`openSUSE:${Number.parseInt(name, 10) >= 15 ? 'Leap ' : ''}${name}`, eol]],
  sles: ({ name, eol }) => [[`SUSE:Linux Enterprise Server ${servicePack(name)}`, eol]],
  'suse-linux-micro': ({ name, eol }) => [
    [`SUSE:Linux ${Number.parseInt(name, 10) >= 6 ? '' : 'Enterprise '}Micro ${name}`, eol],
  ],
};

/** The shards that a release of a product stands for; none when it is no distribution that is known. */
export function shardEnds(product: string, release: ProductRelease): readonly ShardEnd[] {
  if (!Object.hasOwn(products, product) || !/^[\w.-]{1,20}$/.test(release.name)) return [];
  return products[product]?.(release) ?? [];
}

const isMajor = (name: string): boolean => /^\d+$/.test(name);

/** SUSE writes 15.7 as 15 SP7 until 15, and 16.0 after it. */
function servicePack(name: string): string {
  const [major = '', pack = '0'] = name.split('.');
  if (Number(major) >= 16) return name;
  return pack === '0' ? major : `${major} SP${pack}`;
}

const later = (eol: string | null, extended: string | null | undefined): string | null =>
  typeof extended !== 'string' || eol === null || eol > extended ? eol : extended;
