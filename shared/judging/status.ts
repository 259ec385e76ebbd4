import type { MatchRecord } from '#shared/advisories';
import type { FindingStatus } from './types.ts';

type Entry = MatchRecord['affected'][number];

/**
 * What the distribution says it will do about a matching entry that has no fix. Debian: urgency unimportant and end-of-life, no-dsa with
 * its reason; Ubuntu: the tracker's state (reference detection.md section 4, traps 13 and 14); Red Hat: what it plans.
 */
function statusOfEntry(entry: Entry): FindingStatus {
  const { urgency, nodsa, nodsa_reason, status } = entry.specific ?? {};
  if (urgency === 'end-of-life') return 'end_of_life';
  if (urgency === 'unimportant') return 'will_not_fix';
  if (nodsa !== undefined || nodsa_reason !== undefined)
    return nodsa_reason === 'ignored' ? 'will_not_fix' : 'fix_deferred';
  switch (status) {
    case 'needs-triage':
    case 'undetermined':
    case 'under-investigation':
      return 'under_investigation';
    case 'deferred':
    case 'postponed':
    case 'fix-deferred':
      return 'fix_deferred';
    case 'ignored':
    case 'will-not-fix':
      return 'will_not_fix';
    case 'end-of-life':
    case 'out-of-support-scope':
      return 'end_of_life';
    default:
      return 'affected';
  }
}

const gravest: readonly FindingStatus[] = [
  'affected',
  'under_investigation',
  'fix_deferred',
  'will_not_fix',
  'end_of_life',
];

/** The status of a finding by its matching entries: with a fix it is affected, else what is most open among them. */
export function statusOf(entries: readonly Entry[], fixedIn: string | undefined): FindingStatus {
  if (fixedIn !== undefined) return 'affected';
  const said = new Set(entries.map(statusOfEntry));
  return gravest.find((status) => said.has(status)) ?? 'affected';
}
