export { approvalsOf, withdrawApprovals, withdrawalsOf } from './approvals.ts';
export { canonical, contentId } from './content-id.ts';
export type { DrivePorts, ProofPort, RolloutMoved } from './drive-ports.ts';
export { driveRollout, type Pass } from './drive-rollout.ts';
export { forgetRollout, provesSomething } from './forget-rollout.ts';
export { type Gate, gate } from './gate.ts';
export {
  type GatherPorts,
  type PlanningPolicy,
  planFinding,
  planInputFor,
} from './gather.ts';
export { beat, type Heartbeat, heartbeats, passMs, resumeRollouts } from './heartbeat.ts';
export { type ImageName, meantTag, pinnedName, splitImageName } from './image-name.ts';
export { next } from './next.ts';
export { offerPlans } from './offer-plans.ts';
export { countPlans, type ListedPlan, offeredFor, plansFrom } from './plan-lists.ts';
export { planNewer } from './plan-newer.ts';
export { changePlan, listPlans, movePlan, type PlanRecord, planProblems, readPlan } from './plan-store.ts';
export type * from './plan-types.ts';
export { readingProof } from './proof.ts';
export {
  countRunning,
  type ListedRollout,
  listRollouts,
  rolloutsFrom,
  rowsTakenBack,
  takenBack,
} from './rollout-lists.ts';
export {
  holdDown,
  holdDownsOf,
  lastRollouts,
  readRollout,
  readRow,
  readRows,
  releaseHold,
  rowsFrom,
} from './rollout-store.ts';
export * from './rollout-types.ts';
export { type ApplicationAnswer, sameApplication } from './same-application.ts';
export { firstOf, type ShortPlan, shortPlan } from './short-plan.ts';
export {
  firstRows,
  mayAct,
  NothingToStart,
  type PlanApproval,
  type StartedRollout,
  startRollout,
  stopRollout,
} from './start-rollout.ts';
export { recordProof } from './verify-row.ts';
export { vulnerabilitySet } from './vulnerability-set.ts';
export { type ExposedAgain, type NotedRollback, noteRollbacks, rollbackTold, watchVerified } from './watch-verified.ts';
export { cutWaves, defaultWaves, type WaveMember, waveSize } from './waves.ts';
export { compareWeighed, isOfProblem, stands, type Weighed, weighCandidate } from './weigh-candidate.ts';
