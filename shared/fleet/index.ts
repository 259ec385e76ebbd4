export * from './errors.ts';
export * from './token-bucket.ts';
export type * from './types.ts';
export * from './who-runs.ts';
export * from './workload-id.ts';
