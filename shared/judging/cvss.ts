import { cvss2BaseScore } from './cvss2.ts';
import { cvss3BaseScore } from './cvss3.ts';
import { cvss4Score } from './cvss4.ts';
import type { SeverityLevel } from './types.ts';

/** A CVSS vector that was read and scored by us. */
export interface ScoredVector {
  /** '2.0', '3.0', '3.1', '4.0' */
  readonly version: string;
  readonly vector: string;
  readonly score: number;
  readonly level: SeverityLevel;
}

/** Scores a vector of any CVSS version; undefined if it is none or incomplete. Levels: the version's own qualitative scale, 0.0 is negligible. */
export function scoreVector(vector: string): ScoredVector | undefined {
  const text = vector.trim();
  const version = /^CVSS:(\d\.\d)\//.exec(text)?.[1] ?? '2.0';
  const score = version === '4.0' ? cvss4Score(text) : version === '2.0' ? cvss2BaseScore(text) : cvss3BaseScore(text);
  return score === undefined ? undefined : { version, vector: text, score, level: levelOf(score, version) };
}

function levelOf(score: number, version: string): SeverityLevel {
  if (score >= 9 && version !== '2.0') return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'negligible';
}
