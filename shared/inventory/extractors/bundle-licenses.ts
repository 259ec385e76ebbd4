const longest = 2000;

/** Addresses that stand for a licence of SPDX's list, as they begin behind `http://www.`, in small letters. */
const addresses: readonly (readonly [start: string, id: string])[] = [
  ['apache.org/licenses/license-2.0', 'Apache-2.0'],
  ['repository.jboss.org/licenses/apache-2.0', 'Apache-2.0'],
  ['eclipse.org/legal/epl-2.0', 'EPL-2.0'],
  ['eclipse.org/legal/epl-v20', 'EPL-2.0'],
  ['eclipse.org/legal/epl-v10', 'EPL-1.0'],
  ['eclipse.org/org/documents/epl-v10', 'EPL-1.0'],
  ['eclipse.org/org/documents/edl-v10', 'BSD-3-Clause'],
  ['opensource.org/licenses/mit', 'MIT'],
  ['opensource.org/licenses/bsd-3-clause', 'BSD-3-Clause'],
  ['opensource.org/licenses/bsd-2-clause', 'BSD-2-Clause'],
  ['opensource.org/licenses/bsd-license', 'BSD-2-Clause'],
];

/**
 * The licences that a manifest's `Bundle-License` states (OSGi Core, chapter 3.2): names or addresses with parameters, separated by commas. Addresses that
 * are known become identifiers of SPDX; a place in the jar (`LICENSE.txt`) says nothing.
 */
export function bundleLicenses(manifest: ReadonlyMap<string, string>): readonly string[] {
  const stated = manifest.get('Bundle-License')?.slice(0, longest) ?? '';
  const clauses = [...stated.matchAll(/(?:"[^"]*"|,(?=\s?Version\b)|[^,"])+/g)].map(([clause]) => clause);
  return [...new Set(clauses.map((clause) => licenseOf(clause)).filter((text) => text !== ''))];
}

function licenseOf(clause: string): string {
  const name = /^\s*(?:"([^"]*)"|([^;"]*))/.exec(clause)?.slice(1).find(Boolean)?.trim() ?? '';
  const address = name.toLowerCase().replace(/^https?:\/\/(?:www\.)?/, '');
  if (/^(?:[^\s/]*\.(?:txt|html|md)|LICENSE)$/i.test(name)) return '';
  return addresses.find(([start]) => address.startsWith(start))?.[1] ?? name;
}
