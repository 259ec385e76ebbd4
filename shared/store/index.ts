export { folderBlobs } from './adapters/folder-blobs.ts';
export { memoryBlobs } from './adapters/memory-blobs.ts';
export { memoryTable } from './adapters/memory-table.ts';
export { defaultUnpackLimit, packJson, unpackJson } from './blob-json.ts';
export { compareBytes } from './byte-order.ts';
export { StoreError, type StoreErrorCode } from './errors.ts';
export { itemSize, limits } from './item-form.ts';
export * from './keys.ts';
export type * from './types.ts';
