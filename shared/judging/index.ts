export { coverageOfJudging } from './coverage-of-judging.ts';
export { cveListSeverity } from './cve-list-word.ts';
export { scoreVector } from './cvss.ts';
export { canBeJudged } from './inventory-only.ts';
export { isUnknownVersion, type JudgeOptions, judge } from './judge.ts';
export { type JudgeOfRecord, judgeOfRecord, judgesOfRecord } from './judge-of-record.ts';
export { entriesFor } from './match-side.ts';
export type * from './types.ts';
export { cveOf } from './vulnerabilities.ts';
