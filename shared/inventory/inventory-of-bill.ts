import { type Digest, isDigest, parseImageConfig } from '#shared/oci';
import type { Bill, BillPart, ReadBill } from '#shared/sbom';
import { coverageCodes } from './coverage-codes.ts';
import { distributionOfBill } from './distribution-of-bill.ts';
import { isNoProgram } from './extractors/rpm/package-of-header.ts';
import { type Keyed, keyOfPart } from './key-of-purl.ts';
import { languageEcosystem } from './keys-of-packages.ts';
import type { Bundling } from './layer-facts.ts';
import { LostParts } from './lost-parts.ts';
import { packageKeyId, parsePackageKeyId } from './package-key.ts';
import { byTypeAndName } from './package-order.ts';
import { shown } from './plausible.ts';
import type { CoverageReason, InstalledPackage, Inventory, InventoryLayer } from './types.ts';

/** The document that an inventory is made from. */
export interface BillDocument {
  readonly digest: Digest;
  readonly size: number;
}

/** How a bill's gaps are told when it says so in our words. */
const reasonCodes: readonly string[] = coverageCodes;

/**
 * A bill of materials as an inventory, so that it is judged as an image is. What it lists is believed as far as it can be understood; the rest is a reason of coverage,
 * with its number. Layers that it does not name are the document itself. Pure.
 */
export function inventoryOfBill({ form, bill }: ReadBill, document: BillDocument): Inventory {
  const distribution = distributionOfBill(bill);
  const layers = layersOf(bill, document);
  const known = new Set(layers.map(({ digest }) => digest));
  const packages: InstalledPackage[] = [];
  const lost = new LostParts();
  for (const part of bill.parts) {
    if (part.purl?.startsWith('pkg:rpm/') && isNoProgram(part.name)) continue;
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
    if ('why' in byPurl) return byPurl.why === 'implausible' ? byPurl : { key, type: kindOf(part, byPurl) };
    return key.name === byPurl.key.name ? { key, type: kindOf(part, byPurl) } : byPurl;
  } catch {
    return byPurl;
  }
}

const isBundling = (text: string | undefined): text is Bundling =>
  text === 'shaded' || text === 'vendored' || text === 'tooling';

/** What purl-spec has no type for has one of ours. */
const kindOf = ({ type }: BillPart, byPurl: Keyed): string =>
  type !== undefined && languageEcosystem(type) !== undefined ? type : byPurl.type;

function installed(part: BillPart, { key, type }: Extract<Keyed, { key: unknown }>, layer: Digest): InstalledPackage {
  return {
    key,
    purl: part.purl ?? '',
    type,
    path: part.path ?? '',
    layer,
    ...(part.licenses.length === 0 ? {} : { licenses: part.licenses }),
    ...(part.ownedBy === undefined ? {} : { ownedBy: part.ownedBy }),
    ...(isBundling(part.bundled) ? { bundled: part.bundled } : {}),
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
