import type { Exception } from '#shared/policy';
import { dayOf, endless, endsSomehow, type ImportEnds, type Imported, isVulnerabilityId } from './types.ts';

/**
 * A plain `.trivyignore`: an id on each line, perhaps with `exp:YYYY-MM-DD`; the comment right above it is taken as the reason. Trivy's `exp` ends at the start of its day,
 * so the last day is the one before.
 */
export function importTrivyIgnore(text: string, ends: ImportEnds): Imported {
  const exceptions: Exception[] = [];
  const refused: string[] = [];
  let comment: string[] = [];
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const [before = '', ...trailing] = raw.split('#');
    const line = before.trim();
    if (line === '') {
      comment = raw.trim().startsWith('#') ? [...comment, trailing.join('#').trim()] : [];
      continue;
    }
    const reason = [...comment, trailing.join('#').trim()]
      .filter((each) => each !== '')
      .join(' ')
      .slice(0, 1000);
    comment = [];
    const [id = '', ...more] = line.split(/\s+/);
    const expiry = more.length === 1 ? dayOf(/^exp:(.*)$/.exec(more[0] ?? '')?.[1]) : undefined;
    const why = !isVulnerabilityId(id)
      ? 'is no id of a vulnerability; the policy accepts nothing else'
      : more.length > 0 && expiry === undefined
        ? `${more.join(' ').slice(0, 80)} is not understood`
        : expiry === undefined && !endsSomehow(ends)
          ? endless
          : undefined;
    if (why === undefined)
      exceptions.push({
        id,
        scope: {},
        reason: reason === '' ? 'taken from .trivyignore, which says no reason' : reason,
        ...(expiry === undefined ? ends : { until: dayBefore(expiry) }),
      });
    else refused.push(`line ${at + 1}: ${id.slice(0, 80)}: ${why}`);
  }
  return { exceptions, refused };
}

/** The last day of what ends when `day` begins. */
export const dayBefore = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
