export {
  type EndedException,
  type ExceptionSubject,
  endOf,
  endsText,
  exceptionFor,
  exceptionName,
  exceptionsAbout,
  expired,
} from './exceptions.ts';
export { globMatches } from './glob.ts';
export { type LoadedPolicy, loadPolicy } from './load-policy.ts';
export { modeOf, modeTag } from './mode.ts';
export { isGlob, namesRepository } from './named-repositories.ts';
export { maxPolicyBytes, type ParsedPolicy, parsePolicy, problemText } from './parse-policy.ts';
export { defaultPolicy } from './schema.ts';
export { type PolicyState, policyState, type SavedPolicy, savePolicy } from './stored-policy.ts';
export { eligibleTags, tagRule } from './tag-rule.ts';
export { trustsSbomOf, trustsVexOf } from './trust.ts';
export type * from './types.ts';
export { evaluate, type JudgedFinding, type Verdict, type VerdictView } from './verdict.ts';
