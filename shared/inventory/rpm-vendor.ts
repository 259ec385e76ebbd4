import type { FoundPackage } from './layer-facts.ts';
import type { Distribution } from './types.ts';

/** Who makes a distribution's own packages, by the Vendor tag (or, where it is missing, Packager) that they write. */
const makers: Readonly<Record<string, RegExp>> = {
  almalinux: /^AlmaLinux/i,
  amzn: /^Amazon/i,
  azurelinux: /^Microsoft/i,
  centos: /^(?:CentOS|Red Hat)/i,
  fedora: /^Fedora/i,
  mageia: /^Mageia/i,
  mariner: /^Microsoft/i,
  ol: /^Oracle/i,
  openeuler: /openeuler/i,
  photon: /^(?:VMware|Broadcom)/i,
  rhel: /^Red Hat/i,
  rocky: /^Rocky/i,
};
const suse = /^(?:SUSE|openSUSE)/i;

/** The mark that a distribution's builds put at the end of a release; third parties write the same for compatibility, so it counts only without a Vendor. */
const builds: Readonly<Record<string, RegExp>> = {
  almalinux: /\.(?:el|module_el)\d/,
  amzn: /\.amzn\d/,
  azurelinux: /\.azl\d/,
  centos: /\.(?:el|module_el)\d/,
  fedora: /\.fc\d/,
  mageia: /\.mga\d/,
  mariner: /\.cm\d/,
  ol: /\.(?:el|module\+el)\d/,
  openeuler: /\.oe\d/,
  photon: /\.ph\d/,
  rhel: /\.(?:el|module\+el)\d/,
  rocky: /\.(?:el|module\+el)\d/,
};

/** Repositories whose packages say in their release whose they are, whatever their Vendor is. */
const repositories: readonly (readonly [RegExp, string])[] = [
  [/PGDG/, 'pgdg'],
  [/\.remi(?:\.|$)/, 'remi'],
  [/nodesource/, 'nodesource'],
];

const shortNames: readonly (readonly [RegExp, string])[] = [
  [/^Fedora Project/i, 'epel'],
  [/^obs:/i, 'open-build-service'],
  [/postgresql\.org|PGDG/i, 'pgdg'],
  [/\bRemi\b/i, 'remi'],
  [/\bDocker\b/i, 'docker'],
  [/nodesource/i, 'nodesource'],
  [/\bnginx\b|\bF5\b/i, 'nginx'],
  [/\bMicrosoft\b/i, 'microsoft'],
  [/\bOracle\b/i, 'oracle'],
  [/\bPercona\b/i, 'percona'],
  [/\bMariaDB\b/i, 'mariadb'],
  [/\bElastic/i, 'elastic'],
];

/**
 * The third party that made an rpm package, undefined for the distribution's own: a distribution's advisories speak of its own builds only (detection.md
 * section 1). Names and versions look alike, so the Vendor tag decides; without one, the mark of the distribution's build system. Amazon's
 * packages may lack both.
 */
export function rpmVendor(found: FoundPackage, distribution: Distribution | undefined): string | undefined {
  const repository = repositories.find(([mark]) => mark.test(found.version));
  if (repository !== undefined) return repository[1];
  if (distribution === undefined) return undefined;
  const { id } = distribution;
  const maker = at(makers, id) ?? (/suse|^sl/.test(id) ? suse : undefined);
  const { supplier } = found;
  if (supplier === undefined) {
    if (id === 'amzn' || maker === undefined || maker === suse) return undefined;
    return at(builds, id)?.test(found.version) === true ? undefined : 'nobody named';
  }
  if (maker === undefined || maker.test(supplier)) return undefined;
  return shortNames.find(([name]) => name.test(supplier))?.[1] ?? plainName(supplier);
}

/** An image may call itself `constructor`. */
const at = (table: typeof makers, id: string): RegExp | undefined => (Object.hasOwn(table, id) ? table[id] : undefined);

/** A Vendor tag as a mark: `ACME, Inc. <https://acme.example>` is `acme-inc`. */
function plainName(supplier: string): string {
  const plain = supplier
    .replace(/<[^>]*>?/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return plain === '' ? 'nobody named' : plain.slice(0, 24);
}
