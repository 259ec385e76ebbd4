export {
  type Acceptance,
  type AcceptanceEnd,
  type AcceptanceSubject,
  cataloguesOf,
  type Likelihood,
  likelihoodOf,
} from './acceptance.ts';
export { attachedVexTypes } from './attached-vex.ts';
export { baseCatalogue } from './base-catalogue.ts';
export { type BaselineReport, baselineTold, endBaseline, isBaseline, untoldBaseline } from './baseline.ts';
export { type DueRematch, keepDueRematch, listDueRematches, readDueNames, rematchDone } from './due-rematch.ts';
export {
  childrenOf,
  exposuresOfWorkload,
  headsOf,
  headsOfAll,
  problemId,
  repositoryOf,
  type WorkloadExposure,
} from './exposures.ts';
export { factsBlob, layerFactsStore } from './facts-store.ts';
export {
  type FindingsPorts,
  findingsOfImage,
  type ImageFindings,
  joinCoverage,
} from './image-findings.ts';
export { headsFrom, isDamaged, readImageHead, readImageHeads } from './image-head.ts';
export { type JudgePorts, judgeKeys, readJudgements } from './judge-keys.ts';
export { isWrittenDown, problemsOfWorkload, unreconciled } from './membership.ts';
export { type Noise, noiseOf, whyNoise } from './noise.ts';
export { evaluateProblem, type ProblemFacts, shortName } from './problem.ts';
export {
  exposuresAt,
  exposuresFrom,
  type ListedProblem,
  listProblems,
  problemsFrom,
  problemsOf,
  readExposures,
} from './problem-list.ts';
export { type ProblemPorts, problemEnd, readProblem, reconcileProblem } from './problem-store.ts';
export { readInventoryOf } from './read-inventory-of.ts';
export { reconcileWorkload, reconcileWorkloads, tellLateTouches } from './reconcile.ts';
export { type Rematched, rematch } from './rematch.ts';
export { listRepositories } from './repositories.ts';
export { type Risk, type RiskFactor, type RiskFacts, riskOf, riskOfFinding, riskOfProblem } from './risk.ts';
export { isRead, scanImage } from './scan-image.ts';
export type { ScannedImage, ScanPorts, ScanResult } from './scan-types.ts';
export { isShown, type SeverityCounts, severityCounts } from './severity-counts.ts';
export { sideBySide } from './side-by-side.ts';
export { type ReadAt, type TimeLeft, timeLeft } from './time-left.ts';
export { isTold, markImageTold } from './told-image.ts';
export { beginTouch, type TouchPart } from './touch.ts';
export type { ReconcilePorts } from './turns.ts';
export * from './types.ts';
export { keepUnreadRunning, readUnreadRunning } from './unread-running.ts';
export { forgetUnreadable, keepUnreadable, listUnreadable, type Unreadable, unreadableFrom } from './unreadable.ts';
export { findVex, isVexId, type KeptVex, keepVex, removeVex, vexFrom } from './vex-store.ts';
export { widestReach } from './widest-reach.ts';
export {
  forgetWorkload,
  keepWorkload,
  keepWorkloads,
  listWorkloads,
  readWorkload,
  readWorkloads,
  type WorkloadChangeSeen,
  workloadGone,
  workloadsOfRepository,
  workloadsRunning,
  workloadTold,
} from './workloads.ts';
