export type * from './types.ts';
export * from './versions/index.ts';
