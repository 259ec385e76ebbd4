export { TarReader } from './tar-reader.ts';
export type * from './tar-types.ts';
export type * from './types.ts';
