export { RegistryError, type RegistryErrorCode, RegistryStartError } from './errors.ts';
export { startRegistry } from './server.ts';
export type { Registry, RegistryDelete, RegistryOptions, RegistryPush } from './types.ts';
