import { type BillPart, type Purl, parsePurl } from '#shared/sbom';
import { productOf, unknownVersion } from './classifiers/index.ts';
import { distributionNamed } from './distribution-named.ts';
import { vendorOf } from './extractors/third-parties.ts';
import { billedEcosystem, isOsPackage, languageEcosystem, languageKey, osKey } from './keys-of-packages.ts';
import type { PackageType } from './layer-facts.ts';
import { plausibleName, plausibleVersion } from './plausible.ts';
import { redHatChannel, releaseOfSet } from './red-hat-stream.ts';
import { versionOfCodename } from './release-ecosystem.ts';
import type { Distribution, PackageKey } from './types.ts';

/** What a package of a bill is to those who judge, or why it is nothing. */
export type Keyed =
  | { readonly key: PackageKey; readonly type: string }
  | { readonly why: 'no-purl' | 'unknown-type' | 'no-distribution' | 'implausible'; readonly type: string };

type OsPurl = Purl & { readonly type: PackageType };
const isOsPurl = (purl: Purl): purl is OsPurl => isOsPackage(purl.type);

/**
 * The package key of a part by its purl (purl-spec, and what Syft and Trivy add: `upstream`, `epoch`, `distro`). The distribution is the one that the purl names, else the
 * bill's own.
 */
export function keyOfPart(part: BillPart, distribution: Distribution | undefined): Keyed {
  const purl = part.purl === undefined ? undefined : parsePurl(part.purl);
  if (purl === undefined) return { why: 'no-purl', type: '' };
  const { type } = purl;
  const version = versionOf(purl, part);
  if (isOsPurl(purl)) return systemKey(purl, part, version, distribution);
  if (type === 'generic') return programKey(purl, version);
  const ecosystem = isOfBioconductor(purl) ? 'Bioconductor' : (languageEcosystem(type) ?? billedEcosystem(type));
  if (ecosystem === undefined) return { why: 'unknown-type', type };
  const name = nameOf(purl);
  if (!plausible(type, name) || (version !== '' && !plausibleVersion(version))) return { why: 'implausible', type };
  return { key: { ecosystem, name, version }, type };
}

/** purl-spec has one type for R, and Bioconductor is a repository beside CRAN. */
const isOfBioconductor = ({ type, qualifiers }: Purl): boolean =>
  type === 'cran' && /^https?:\/\/(?:www\.)?bioconductor\.org\b/.test(qualifiers.get('repository_url') ?? '');

/** Names under which others list what no package manager placed, where it is no program of the classifiers' table. */
const genericTypes: Readonly<Record<string, PackageType>> = {
  openjdk: 'jvm',
  jdk: 'jvm',
  jre: 'jvm',
  wordpress: 'wordpress-core',
};

/** A program without a package is `pkg:generic/nginx` to Syft as it is here; a Java runtime has its maker before its name. */
function programKey({ type, namespace, name }: Purl, version: string): Keyed {
  const known = Object.hasOwn(genericTypes, name) ? genericTypes[name] : undefined;
  const program = known ?? (namespace === '' && productOf(name) !== undefined ? 'program' : undefined);
  if (program === undefined) return { why: 'unknown-type', type };
  const said = version === '' ? unknownVersion : version;
  if (!plausibleVersion(said)) return { why: 'implausible', type };
  return { key: languageKey({ type: program, name, version: said }), type: program };
}

/** The distribution that the purl of an operating system's package names; undefined for others. */
export function distributionOfPurl(text: string): Distribution | undefined {
  const purl = parsePurl(text);
  return purl !== undefined && isOsPurl(purl) ? distributionNamedBy(purl, undefined) : undefined;
}

/** `12` of `debian-12`; Trivy writes Alpine's version alone, purl-spec's examples a codename, and Syft one where there is no version. */
function distributionNamedBy(purl: OsPurl, bills: Distribution | undefined): Distribution | undefined {
  const { namespace, qualifiers } = purl;
  const own = bills !== undefined && isOfAnother(purl, bills) ? undefined : bills;
  const distro = qualifiers.get('distro') ?? '';
  const [, id = '', numbered = ''] = /^(?:(.+?)-)?(\d[^\s]*)$/.exec(distro) ?? [];
  const versionId = numbered || (versionOfCodename(namespace, distro.slice(distro.lastIndexOf('-') + 1)) ?? '');
  // Red Hat's own bills name the repository instead
  const ofSet = namespace === 'redhat' ? releaseOfSet(qualifiers.get('repository_id') ?? '') : undefined;
  if (versionId === '') return own ?? distributionNamed({ id: namespace, versionId: ofSet ?? '' });
  const named = distributionNamed({ id: id === '' ? namespace : id, versionId });
  // the bill's own word is of the same system and may know more: Alpine's repositories, a pretty name
  return own !== undefined && (named === undefined || own.id === named.id) && own.versionId === versionId ? own : named;
}

/** Whether a package is of another distribution than its bill: advisories of the bill's would say wrong things of it. */
function isOfAnother({ type, namespace }: OsPurl, own: Distribution): boolean {
  if (namespace === own.id) return false;
  const base = (ecosystem: string | undefined): string | undefined => ecosystem?.split(':')[0];
  const owns = base(own.ecosystem);
  // OSV has no distribution with packages of pacman
  if (owns !== undefined && type === 'alpm') return true;
  const named = base(distributionNamed({ id: namespace, versionId: own.versionId })?.ecosystem);
  return owns !== undefined && named !== undefined && named !== owns;
}

function systemKey(purl: OsPurl, part: BillPart, version: string, own: Distribution | undefined): Keyed {
  const { type, qualifiers } = purl;
  // Gentoo's categories are a part of the name
  const name = type === 'ebuild' ? nameOf(purl) : purl.name;
  const named = distributionNamedBy(purl, own);
  if (named === undefined) return { why: 'no-distribution', type };
  const distribution = ofRepository(named, qualifiers.get('repository_id'));
  const source = sourceOf({ ...purl, name }, part, version);
  const texts = [version, source.version].every((text) => text === '' || plausibleVersion(text));
  if (!texts || !plausible(type, name) || !plausible(type, source.name)) return { why: 'implausible', type };
  const architecture = qualifiers.get('arch');
  const vendor = type === 'deb' || type === 'apk' ? vendorOf(version, part.supplier ?? '') : undefined;
  const label = qualifiers.get('modularitylabel') ?? qualifiers.get('rpmmod') ?? part.module ?? '';
  const [module] = /^[^:]+:[^:]+/.exec(label) ?? [];
  const key = osKey(
    {
      type,
      name,
      version,
      source: source.name,
      sourceVersion: source.version,
      ...(architecture === undefined || !/^[A-Za-z0-9_-]{1,40}$/.test(architecture) ? {} : { architecture }),
      ...(vendor === undefined ? {} : { vendor }),
      ...(part.supplier === undefined ? {} : { supplier: part.supplier }),
      ...(module === undefined ? {} : { module }),
    },
    distribution,
  );
  return { key, type };
}

/** The stream of a package of Red Hat by the repository that it is said to be from. */
function ofRepository(distribution: Distribution, repository: string | undefined): Distribution {
  const repositories = repository === undefined ? [] : [repository];
  const channel = redHatChannel(distribution, { repositories, labels: [] });
  return channel === undefined ? distribution : { ...distribution, channel };
}

/** The source package: what the bill says, else Syft's `upstream` (`name`, `name@version`, `name-version-release.src.rpm`), else the package itself. */
function sourceOf(
  { type, name, qualifiers }: Purl,
  part: BillPart,
  version: string,
): { readonly name: string; readonly version: string } {
  const upstream = qualifiers.get('upstream') ?? '';
  if (type === 'rpm') {
    const [, from, release] = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(upstream) ?? [];
    // a source rpm's name has no epoch; it is the package's own where their versions are the same
    const isSame = release === version.replace(/^\d+:/, '');
    if (from !== undefined && release !== undefined) return { name: from, version: isSame ? version : release };
  }
  const at = upstream.lastIndexOf('@');
  const stated =
    at > 0 ? { name: upstream.slice(0, at), version: upstream.slice(at + 1) } : { name: upstream, version };
  return {
    name: part.source ?? (stated.name === '' ? name : stated.name),
    version: part.sourceVersion ?? (stated.name === '' ? version : stated.version),
  };
}

/** The version with its epoch, which some keep apart; the bill's own where the purl has none. Bitnami's revision is of the build, not of the version. */
function versionOf({ type, version: stated, qualifiers }: Purl, part: BillPart): string {
  const version = stated ?? part.version;
  if (type === 'bitnami') return version.replace(/-\d+$/, '');
  // advisories leave out the v of a module and the go of a toolchain
  if (type === 'golang') return version.replace(/^(?:v|go)(?=\d)/, '');
  if (type === 'composer') return version.replace(/^v(?=\d)/i, '');
  const epoch = qualifiers.get('epoch');
  if (epoch === undefined || !/^\d{1,9}$/.test(epoch) || epoch === '0' || /^\d+:/.test(version)) return version;
  return `${epoch}:${version}`;
}

/** A package's name as its ecosystem's advisories write it. */
function nameOf({ type, namespace, name }: Purl): string {
  if (namespace === '' || type === 'bitnami') return type === 'pypi' ? pypiName(name) : name;
  switch (type) {
    case 'maven':
      return `${namespace}:${name}`;
    case 'pypi':
      return pypiName(name);
    // Packagist compares names without case
    case 'composer':
      return `${namespace}/${name}`.toLowerCase();
    case 'npm':
      return `${namespace.startsWith('@') ? namespace : `@${namespace}`}/${name}`;
    default:
      return `${namespace}/${name}`;
  }
}

const pypiName = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '-');

/** Names of ecosystems that no extractor reads have no form of their own here: nothing that could be markup or speak to a terminal. */
function plausible(type: string, name: string): boolean {
  if (languageEcosystem(type) !== undefined || isOsPackage(type)) return plausibleName(type, name);
  return name.length <= 214 && /^[A-Za-z0-9@][A-Za-z0-9@._~+:/!-]*$/.test(name);
}
