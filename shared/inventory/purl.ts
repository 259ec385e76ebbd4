import { unknownVersion } from './classifiers/index.ts';
import type { FoundPackage } from './layer-facts.ts';
import type { Distribution } from './types.ts';

/**
 * The package URL of a package (purl-spec, canonical form): `pkg:deb/debian/curl@7.88.1-10%2Bdeb12u4?arch=amd64&distro=debian-12`. For deb
 * the version carries the epoch, for rpm a qualifier does: `pkg:rpm/redhat/openssl-libs@3.0.7-16.el9_2?arch=x86_64&distro=rhel-9.2&epoch=1`. A source package of
 * another name or version is the qualifier `upstream`.
 */
export function purlOf(found: FoundPackage, distribution: Distribution | undefined): string {
  switch (found.type) {
    case 'npm': {
      const slash = found.name.indexOf('/');
      return found.name.startsWith('@') && slash > 0
        ? make('npm', found.name.slice(0, slash), found.name.slice(slash + 1), found.version)
        : make('npm', undefined, found.name, found.version);
    }
    case 'maven': {
      const colon = found.name.indexOf(':');
      return colon > 0
        ? make('maven', found.name.slice(0, colon), found.name.slice(colon + 1), found.version)
        : // purl-spec has no maven without a group, and a jar may say none
          make('generic', undefined, found.name, found.version);
    }
    case 'pypi':
    case 'gem':
    case 'nuget':
    case 'conda':
    case 'cran':
    case 'luarocks':
    case 'cpan':
    case 'hex':
    case 'pub':
    case 'julia':
    case 'cargo':
    case 'nix':
    case 'brew':
    case 'vcpkg':
    case 'conan':
      return make(found.type, undefined, found.name, found.version, found.qualifiers);
    // the namespace keeps its slashes; a module's version has the v that advisories leave out, the standard library's has none
    case 'golang': {
      const slash = found.name.lastIndexOf('/');
      const version = found.name === 'stdlib' || !/^\d/.test(found.version) ? found.version : `v${found.version}`;
      return make('golang', slash < 0 ? undefined : found.name.slice(0, slash), found.name.slice(slash + 1), version);
    }
    case 'composer':
      return make('composer', ...parts(found.name), found.version);
    case 'otp':
      return make('otp', undefined, found.name.toLowerCase(), found.version);
    // purl-spec has one type for R, whose default repository is CRAN
    case 'bioconductor':
      return make('cran', undefined, found.name, found.version, { repository_url: 'https://bioconductor.org' });
    case 'wordpress': {
      const [kind, name] = parts(found.name);
      return make('generic', `wordpress-${kind}`, name, found.version);
    }
    case 'wordpress-core':
    case 'jvm':
      return make('generic', undefined, found.name, found.version);
    case 'program':
    case 'kernel':
      return make('generic', undefined, found.name, found.version === unknownVersion ? '' : found.version);
    case 'model':
      return make(
        'generic',
        ...parts(`model/${found.name}`),
        found.version === unknownVersion ? '' : found.version,
        found.qualifiers,
      );
    case 'snap':
      return make('generic', found.type, found.name, found.version);
    case 'ebuild':
      return make('ebuild', ...parts(found.name), found.version, {
        distro: distribution === undefined ? undefined : distroText(distribution),
      });
    // purl-spec names PEAR as a candidate only; the channel is the namespace
    case 'pear':
      return make('generic', ...parts(found.name), found.version);
    case 'rpm': {
      const [, epoch, version = found.version] = /^(\d+):(.*)$/.exec(found.version) ?? [];
      return make('rpm', rpmNamespace(distribution), found.name, version, {
        arch: found.architecture,
        distro: distribution === undefined ? undefined : distroText(distribution),
        epoch,
        upstream: upstreamOf(found),
      });
    }
    default:
      return make(found.type, distribution?.id, found.name, found.version, {
        arch: found.architecture,
        distro: distribution === undefined ? undefined : distroText(distribution),
        upstream: upstreamOf(found),
      });
  }
}

/**
 * The source package in the form that Syft gave the qualifier and that matchers read: `util-linux@2.38.1-5`, without a version that is the package's own,
 * for rpm the name of the source package's file. Undefined where the source is the package itself.
 */
function upstreamOf({ type, name, version, source = name, sourceVersion = version }: FoundPackage): string | undefined {
  if (source === name && sourceVersion === version) return undefined;
  if (type === 'rpm') return `${source}-${sourceVersion.replace(/^\d+:/, '')}.src.rpm`;
  return sourceVersion === version ? source : `${source}@${sourceVersion}`;
}

/** purl-spec's types name the vendor; Red Hat's and openSUSE's names are not those of os-release. */
function rpmNamespace(distribution: Distribution | undefined): string | undefined {
  if (distribution === undefined) return undefined;
  if (distribution.id === 'rhel') return 'redhat';
  return distribution.id.startsWith('opensuse') ? 'opensuse' : distribution.id;
}

/** `debian-12`, `alpine-3.20.3`, `wolfi`: how purls and messages name a distribution. */
export function distroText(distribution: Distribution): string {
  const version = distribution.versionId || (distribution.codename ?? '');
  return version === '' ? distribution.id : `${distribution.id}-${version}`;
}

/** `vendor/name` -> ['vendor', 'name'] */
function parts(name: string): [namespace: string | undefined, name: string] {
  const slash = name.lastIndexOf('/');
  return slash < 0 ? [undefined, name] : [name.slice(0, slash), name.slice(slash + 1)];
}

function make(
  type: string,
  namespace: string | undefined,
  name: string,
  version: string,
  qualifiers: Readonly<Record<string, string | undefined>> = {},
): string {
  const place = namespace === undefined || namespace === '' ? '' : `${namespace.split('/').map(encoded).join('/')}/`;
  const query = Object.entries(qualifiers)
    .flatMap(([key, value]) => (value === undefined || value === '' ? [] : [`${key}=${encoded(value)}`]))
    .sort();
  const at = version === '' ? '' : `@${encoded(version)}`;
  return `pkg:${type}/${place}${encoded(name)}${at}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

function encoded(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%3A/g, ':');
}
