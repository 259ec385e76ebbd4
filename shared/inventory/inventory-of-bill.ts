import { type Digest, isDigest, parseImageConfig } from '#shared/oci';
import type { Bill, BillPart, ReadBill } from '#shared/sbom';
import { distributionNamed } from './distribution-named.ts';
import { distributionOfPurl, type Keyed, keyOfPart } from './key-of-purl.ts';
import { packageKeyId, parsePackageKeyId } from './package-key.ts';
import { shown } from './plausible.ts';
import type { CoverageReason, Distribution, InstalledPackage, Inventory, InventoryLayer } from './types.ts';

/** The document that an inventory is made from. */
export interface BillDocument {
  readonly digest: Digest;
  readonly size: number;
}

/** How a bill's gaps are told when it does not say it in our words. */
const reasonCodes: readonly string[] = [
  'unknown-distribution',
  'end-of-life',
  'no-advisories',
  'unreadable-evidence',
  'unsupported-evidence',
  'unsupported-image',
  'unreadable-image',
  'limit',
  'database-deleted',
  'stale-advisories',
  'unknown-version',
] satisfies CoverageReason['code'][];

/**
 * A bill of materials as an inventory, so that it is judged as an image is. What it lists is believed as far as it can be understood; the rest is a reason of coverage,
 * with its number. Layers that it does not name are the document itself. Pure.
 */
export function inventoryOfBill({ form, bill }: ReadBill, document: BillDocument): Inventory {
  const distribution = distributionOfBill(bill) ?? distributionOfParts(bill.parts);
  const layers = layersOf(bill, document);
  const known = new Set(layers.map(({ digest }) => digest));
  const packages: InstalledPackage[] = [];
  const lost = new Lost();
  for (const part of bill.parts) {
    const keyed = ownKey(part, keyOfPart(part, distribution));
    if ('why' in keyed) lost.add(keyed, part);
    else
      packages.push(installed(part, keyed, known.has(part.layer as Digest) ? (part.layer as Digest) : document.digest));
  }
  const reasons = [...bill.gaps.map(asReason), ...lost.reasons(), ...emptiness(bill)];
  const allLayers =
    packages.some(({ layer }) => layer === document.digest) && !known.has(document.digest)
      ? [...layers, { ...document, createdBy: `the SBOM (${form})` }]
      : layers;
  const toolText = [bill.tool.name, bill.tool.version].filter((text) => text !== '').join(' ');
  return {
    schemaVersion: 1,
    image: isDigest(bill.subject.digest) ? bill.subject.digest : document.digest,
    extractors: `sbom ${form}`,
    origin: { kind: 'sbom', form, document: document.digest, ...(toolText === '' ? {} : { tool: shown(toolText) }) },
    ...(distribution === undefined ? {} : { distribution }),
    config: parseImageConfig(Buffer.from('{}')),
    layers: allLayers,
    packages: packages.sort(byTypeAndName),
    executables: bill.files.flatMap(({ path, sha256, layer, owner }) =>
      layer !== undefined && known.has(layer as Digest)
        ? [{ path, sha256, size: 0, mode: 0o755, layer: layer as Digest, ...(owner === undefined ? {} : { owner }) }]
        : [],
    ),
    coverage: { state: reasons.length === 0 ? 'scanned' : 'partial', reasons },
  };
}

/** The bill's words make the distribution again; the ecosystem that Drydock wrote beside them counts if it is one of that distribution. */
function distributionOfBill({ distribution: stated }: Bill): Distribution | undefined {
  if (stated === undefined) return undefined;
  const named = distributionNamed(stated);
  const base = (ecosystem: string | undefined): string => ecosystem?.split(':')[0] ?? '';
  if (named === undefined || stated.ecosystem === undefined) return named;
  return base(stated.ecosystem) === base(named.ecosystem) ? { ...named, ecosystem: stated.ecosystem } : named;
}

/** SPDX documents of others name the distribution in package URLs only. */
function distributionOfParts(parts: readonly BillPart[]): Distribution | undefined {
  for (const { purl } of parts) {
    const found = purl === undefined ? undefined : distributionOfPurl(purl);
    if (found !== undefined) return found;
  }
  return undefined;
}

function layersOf(bill: Bill, document: BillDocument): InventoryLayer[] {
  const layers = bill.layers.flatMap(({ digest, size, createdBy }) =>
    isDigest(digest) ? [{ digest, size, ...(createdBy === undefined ? {} : { createdBy }) }] : [],
  );
  if (layers.length > 0) return layers;
  // other tools name layers with packages only
  const named = [...new Set(bill.parts.flatMap(({ layer }) => (isDigest(layer) ? [layer] : [])))];
  return named.length > 0 ? named.map((digest) => ({ digest, size: 0 })) : [{ ...document, createdBy: 'the SBOM' }];
}

/** The key that Drydock wrote counts when it speaks of the package that the purl names; it knows what purls cannot say. */
function ownKey(part: BillPart, byPurl: Keyed): Keyed {
  if (part.key === undefined) return byPurl;
  try {
    const key = parsePackageKeyId(part.key);
    if (key.name !== part.name || key.version !== part.version || packageKeyId(key) !== part.key) return byPurl;
    if ('why' in byPurl) return byPurl.why === 'implausible' ? byPurl : { key, type: byPurl.type };
    return key.name === byPurl.key.name ? { key, type: byPurl.type } : byPurl;
  } catch {
    return byPurl;
  }
}

function installed(part: BillPart, { key, type }: Extract<Keyed, { key: unknown }>, layer: Digest): InstalledPackage {
  return {
    key,
    purl: part.purl ?? '',
    type,
    path: part.path ?? '',
    layer,
    ...(part.licenses.length === 0 ? {} : { licenses: part.licenses }),
    ...(part.ownedBy === undefined ? {} : { ownedBy: part.ownedBy }),
    ...(part.supplier === undefined ? {} : { supplier: part.supplier.slice(0, 200) }),
  };
}

function asReason({ code, text }: Bill['gaps'][number]): CoverageReason {
  return {
    code: reasonCodes.includes(code) ? (code as CoverageReason['code']) : 'unreadable-evidence',
    text: shown(text.slice(0, 1000)),
  };
}

const emptiness = (bill: Bill): CoverageReason[] =>
  bill.parts.length > 0 || bill.gaps.length > 0
    ? []
    : [{ code: 'unsupported-evidence', text: 'the SBOM lists no package: what is installed is not known' }];

/** What of a bill cannot be judged, counted by why. */
class Lost {
  readonly #names = new Map<string, { readonly keyed: Extract<Keyed, { why: unknown }>; readonly names: string[] }>();

  add(keyed: Extract<Keyed, { why: unknown }>, part: BillPart): void {
    const id = `${keyed.why} ${keyed.type}`;
    const known = this.#names.get(id);
    if (known === undefined) this.#names.set(id, { keyed, names: [part.name] });
    else known.names.push(part.name);
  }

  reasons(): CoverageReason[] {
    return [...this.#names.values()].map(({ keyed, names }) => {
      const what = `${names.length} of the SBOM's packages ${reasonText(keyed)}`;
      const examples = names.slice(0, 3).map(shown).join(', ');
      return {
        code: codes[keyed.why],
        text: `${what}: ${examples}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`,
      };
    });
  }
}

const codes: Readonly<Record<Extract<Keyed, { why: unknown }>['why'], CoverageReason['code']>> = {
  'no-purl': 'unsupported-evidence',
  'unknown-type': 'unsupported-evidence',
  'no-distribution': 'unknown-distribution',
  implausible: 'unreadable-evidence',
};

function reasonText({ why, type }: Extract<Keyed, { why: unknown }>): string {
  switch (why) {
    case 'no-purl':
      return 'have no package URL that says what they are';
    case 'unknown-type':
      return `are of type pkg:${shown(type)}, which no advisories name`;
    case 'no-distribution':
      return `of type pkg:${shown(type)} do not say which distribution they are of`;
    case 'implausible':
      return `of type pkg:${shown(type)} have names or versions that cannot be`;
  }
}

function byTypeAndName(a: InstalledPackage, b: InstalledPackage): number {
  return (
    compare(a.type, b.type) ||
    compare(a.key.name, b.key.name) ||
    compare(a.key.version, b.key.version) ||
    compare(a.path, b.path) ||
    compare(a.key.architecture ?? '', b.key.architecture ?? '')
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
