/** A stream of Red Hat Enterprise Linux: its main one, or an extended one with repositories and fixes of its own. */
export interface RedHatStream {
  /** the major release: `9` */
  readonly release: string;
  /** undefined: the main stream; else `eus-9.4`, `e4s-9.2`, `aus-8.2`, `tus-8.8`, `eus-long-life-8.4`, or `els`, which goes on where a release ended */
  readonly channel?: string;
}

// RHEL 10 names its extended streams enterprise_linux_eus; Extras and Software Collections of RHEL 7 are repositories of the main stream.
const products =
  /^(?:enterprise_linux(?:_(?<late>eus|e4s|aus|tus|els))?|rhel_(?<stream>eus|eus_long_life|e4s|aus|tus|els|extras)):(?<major>\d+)(?:\.(?<minor>\d+))?(?:::.*)?$/;
const collections = /^rhel_software_collections:\d[\d.]*(?:::el(?<major>\d+))?$/;

/**
 * The stream that the product part of a CPE names: `enterprise_linux:9::appstream`, `rhel_eus:9.4::baseos`; undefined for every other product. Which
 * repository of a stream (`::baseos`) decides nothing. Source: Red Hat's security data guidelines, "CPE"; OSV writes its ecosystems by the same names.
 */
export function redHatStream(product: string): RedHatStream | undefined {
  const collection = collections.exec(product);
  if (collection !== null) return { release: collection.groups?.['major'] ?? '7' };
  const { late, stream = late, major, minor } = products.exec(product)?.groups ?? {};
  if (major === undefined) return undefined;
  if (stream === undefined || stream === 'extras') return { release: major };
  const name = stream.replaceAll('_', '-');
  return { release: major, channel: name === 'els' || minor === undefined ? name : `${name}-${major}.${minor}` };
}

/** The product part of a CPE of Red Hat (`cpe:/o:redhat:enterprise_linux:9` and the same with `a`); undefined for others. */
export const redHatProduct = (cpe: string): string | undefined => /^cpe:\/[oa]:redhat:(\S{1,200})$/.exec(cpe)?.[1];

/** The name of a stream as OSV writes ecosystems: `Red Hat:enterprise_linux:9`, `Red Hat:rhel_eus:9.4`. */
export function redHatEcosystem({ release, channel }: RedHatStream): string {
  if (channel === undefined) return `Red Hat:enterprise_linux:${release}`;
  const [, name = channel, version = release] = /^(.*?)(?:-(\d+\.\d+))?$/.exec(channel) ?? [];
  return `Red Hat:rhel_${name.replaceAll('-', '_')}:${version}`;
}
