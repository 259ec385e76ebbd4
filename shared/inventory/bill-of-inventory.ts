import type { Bill } from '#shared/sbom';
import { cpeOf, productOfPurl } from './classifiers/index.ts';
import { packageKeyId } from './package-key.ts';
import type { Inventory } from './types.ts';

/** What a bill of materials says beside the inventory. */
export interface BillOptions {
  /** as people name the image */
  readonly name: string;
  /** the digest by which a registry knows it; absent for what no registry holds */
  readonly digest?: string;
  readonly platform?: string;
  readonly tool: Bill['tool'];
  /** when it is made, ISO; default: when the image was made, so that the same image has the same bill for ever */
  readonly now?: string;
  /** list executables too, with their hashes */
  readonly files?: boolean;
}

/** An inventory as a bill of materials. Pure. An image that does not say when it was made has the bill of 1970-01-01. */
export function billOfInventory(inventory: Inventory, options: BillOptions): Bill {
  const { name, digest, platform, tool } = options;
  const { distribution, layers, packages, executables, coverage } = inventory;
  return {
    subject: {
      name,
      ...(digest === undefined ? {} : { digest }),
      ...(platform === undefined ? {} : { platform }),
    },
    created: toTheSecond(options.now ?? inventory.config.created ?? ''),
    tool,
    ...(distribution === undefined ? {} : { distribution }),
    layers,
    parts: packages.map(({ key, purl, type, path, layer, licenses, ownedBy, supplier, bundled }) => ({
      name: key.name,
      version: key.version,
      ...(purl === '' ? {} : { purl }),
      ...cpeOfProgram(type, purl, key.version),
      key: packageKeyId(key),
      ...(key.source === undefined ? {} : { source: key.source }),
      ...(key.sourceVersion === undefined ? {} : { sourceVersion: key.sourceVersion }),
      ...(key.module === undefined ? {} : { module: key.module }),
      licenses: licenses ?? [],
      ...(supplier === undefined ? {} : { supplier }),
      path,
      layer,
      ...(ownedBy === undefined ? {} : { ownedBy }),
      ...(purl.startsWith(`pkg:${type}/`) ? {} : { type }),
      ...(bundled === undefined ? {} : { bundled }),
    })),
    files: options.files
      ? executables.flatMap(({ path, sha256, layer, owner }) =>
          sha256 === undefined ? [] : [{ path, sha256, layer, ...(owner === undefined ? {} : { owner }) }],
        )
      : [],
    gaps: coverage.reasons.map(({ code, text }) => ({ code, text })),
  };
}

function cpeOfProgram(type: string, purl: string, version: string): { readonly cpe?: string } {
  const product = type === 'program' ? productOfPurl(purl) : undefined;
  return product === undefined ? {} : { cpe: cpeOf(product, version) };
}

/** Both standards write times to the second. */
function toTheSecond(text: string): string {
  const time = Date.parse(text);
  return new Date(Number.isNaN(time) ? 0 : time).toISOString().replace(/\.\d+Z$/, 'Z');
}
