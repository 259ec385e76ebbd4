import type { CveEntry, WithdrawnRecord } from '#shared/advisories';
import { scoreVector } from '#shared/judging';

/** What is known of an id beside what was found. */
export interface KnownOf {
  readonly cve?: CveEntry;
  readonly withdrawn: readonly WithdrawnRecord[];
}

/** It as lines of an explanation; none when nothing is known. Not yet plain text: names and reasons are hostile. */
export function knownLines({ cve, withdrawn }: KnownOf): string[] {
  return [...(cve === undefined ? [] : cveLines(cve)), ...withdrawn.map(withdrawnLine)];
}

function cveLines({ cve, state, disputed, cna, ratings, reason, updated }: CveEntry): string[] {
  const day = updated.slice(0, 10);
  const by = cna === '' ? 'its CNA' : cna;
  if (state === 'REJECTED')
    return [`CVE List  ${cve} was rejected by ${by} on ${day}${reason === undefined ? '' : `: ${reason}`}`];
  const rated = ratings.map((rating) => {
    const score = scoreVector(rating.value)?.score;
    return `${rating.by}${rating.container === 'cna' ? ' (CNA)' : ''} ${score === undefined ? '' : `${score.toFixed(1)} `}${rating.value}`;
  });
  return [
    `CVE List  ${cve} of ${by}, last changed ${day}${disputed ? '; disputed: whether it is a vulnerability is contested' : ''}`,
    `          ${rated.length === 0 ? 'neither its CNA nor CISA rates it' : rated.join('; ')}`,
  ];
}

function withdrawnLine({ id, aliases, source, at, how }: WithdrawnRecord): string {
  const known = aliases.length === 0 ? '' : ` (${aliases.join(', ')})`;
  return how === 'withdrawn'
    ? `withdrawn ${id}${known} on ${at.slice(0, 10)} by its publisher; it came from ${source}`
    : `withdrawn ${id}${known}: since ${at.slice(0, 10)} it is no longer in ${source}`;
}

/** A severity with all that it is made of: `high 7.5 (CVE List: redhat (CNA), CVSS 3.1; CVSS:3.1/AV:N/…)`. */
export function severityText(severity: {
  readonly level: string;
  readonly score?: number | undefined;
  readonly vector?: string | undefined;
  readonly source: string;
}): string {
  const { level, score, vector, source } = severity;
  return `${level}${score === undefined ? '' : ` ${score.toFixed(1)}`} (${source}${vector === undefined ? '' : `; ${vector}`})`;
}
