/**
 * `pkg:deb/debian/curl@7.88?arch=amd64` as `deb/curl@7.88`: namespaces of distributions and qualifiers differ between tools and mean the same. An epoch that one
 * writes as a qualifier of a Debian package stands in the version of others.
 */
export function plainPurl(purl: string): string {
  const [head = ''] = purl.replace(/^pkg:/, '').split(/[?#]/);
  const at = head.lastIndexOf('@');
  const stated = at < 0 ? '' : decodeURIComponent(head.slice(at + 1));
  const epoch = /^pkg:deb\/.*[?&]epoch=(\d+)/.exec(purl)?.[1];
  const version = epoch === undefined || stated.includes(':') ? stated : `${epoch}:${stated}`;
  const [type = '', ...names] = (at < 0 ? head : head.slice(0, at)).split('/').map(decodeURIComponent);
  const name = ['deb', 'apk', 'rpm', 'alpm'].includes(type) ? (names.at(-1) ?? '') : names.join('/');
  return `${type}/${normal(type, name)}@${type === 'golang' ? version.replace(/^v(?=\d)/, '').replace(/^go(?=\d)/, '') : version}`;
}

function normal(type: string, name: string): string {
  if (type === 'pypi') return name.toLowerCase().replace(/[-_.]+/g, '-');
  return type === 'golang' || type === 'nuget' || type === 'composer' ? name.toLowerCase() : name;
}
