export { type ReadFolderOptions, readFolder } from './adapters/read-folder.ts';
export { readAttachedSbom } from './attached-sbom.ts';
export { type BaseAnswer, baseOf, type CatalogueImage, claimedDigests, partOfLayer } from './base-of.ts';
export { type BillOptions, billOfInventory } from './bill-of-inventory.ts';
export { productOf, products } from './classifiers/index.ts';
export * from './errors.ts';
export { executableExtractors, extractors, folderExtractors } from './extractors/index.ts';
export { extractorsVersion, extractorsVersionOf } from './extractors-version.ts';
export { decodeFacts, encodeFacts } from './facts-codec.ts';
export { twinPackages } from './go-names.ts';
export type { HashedExecutables } from './hashed-executables.ts';
export { hiddenPackages } from './hidden-packages.ts';
export { packagesInUse } from './in-use/packages-in-use.ts';
export { type BillDocument, inventoryOfBill } from './inventory-of-bill.ts';
export type * from './layer-facts.ts';
export { defaultLimits, type ReadLimits } from './limits.ts';
export { mergeLayers } from './merge-layers.ts';
export {
  isJudgedBySource,
  matchName,
  matchVersion,
  packageKeyId,
  parsePackageKeyId,
  shardName,
} from './package-key.ts';
export { packageSets } from './package-sets.ts';
export { isPrivileged } from './privileged.ts';
export { distroText } from './purl.ts';
export { type ReadInventory, type ReadInventoryInput, type ReadProgress, readInventory } from './read-inventory.ts';
export { type ReadLayerOptions, readLayer } from './read-layer.ts';
export { distributionOf, type ReadRelease } from './release.ts';
export { hasReleases } from './release-ecosystem.ts';
export type * from './types.ts';
export { isUnjudgedDistribution } from './unjudged.ts';
export { type UnreadImage, unreadInventory } from './unread-inventory.ts';
