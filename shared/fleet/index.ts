export { fixedBalancers } from './adapters/fixed-balancers.ts';
export { memoryOrchestrator } from './adapters/memory-orchestrator.ts';
export type { MemoryDeployment, MemoryOrchestrator, MemoryService } from './adapters/memory-service.ts';
export * from './errors.ts';
export type * from './load-balancers.ts';
export * from './token-bucket.ts';
export type * from './types.ts';
export * from './who-runs.ts';
export * from './workload-id.ts';
