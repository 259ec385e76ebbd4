export { type ExceptionSubject, endOf, exceptionFor, expired } from './exceptions.ts';
export { globMatches } from './glob.ts';
export { modeOf, modeTag } from './mode.ts';
export { maxPolicyBytes, type ParsedPolicy, parsePolicy, problemText } from './parse-policy.ts';
export { defaultPolicy } from './schema.ts';
export { loadPolicy, type PolicyState, policyState, type SavedPolicy, savePolicy } from './stored-policy.ts';
export { eligibleTags, tagRule } from './tag-rule.ts';
export type * from './types.ts';
export { evaluate, type JudgedFinding, type Verdict, type VerdictView } from './verdict.ts';
