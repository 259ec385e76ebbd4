import { type Purl, parsePurl } from '#shared/sbom';

/** Kinds whose advisories name the source package, which a purl of a binary package does not say. */
const bySource: ReadonlySet<string> = new Set(['deb', 'rpm', 'apk', 'alpm']);

/** The name by which a policy knows the package of a purl, or why there is none: an exception must not accept more than the rule did. */
export function packageOfPurl(text: string): { readonly name: string } | { readonly why: string } {
  const purl = parsePurl(text);
  if (purl === undefined) return { why: 'it is no package URL' };
  if (purl.version !== undefined)
    return { why: 'one version cannot be expressed; take it off to accept every version' };
  if (bySource.has(purl.type)) return { why: 'exceptions name the source package; write it into scope.package' };
  return { name: nameOf(purl) };
}

function nameOf({ type, namespace, name }: Purl): string {
  if (namespace === '') return name;
  return `${namespace}${type === 'maven' ? ':' : '/'}${name}`;
}
