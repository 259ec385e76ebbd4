import type { Exception } from '#shared/policy';

/** What came of a file of ignore rules: exceptions, and what cannot be one, each with its place and why. */
export interface Imported {
  readonly exceptions: readonly Exception[];
  /** `line 3: …`, `ignore[2]: …` */
  readonly refused: readonly string[];
}

/** How rules that never end are made to end: a policy holds none that do not. */
export interface ImportEnds {
  readonly until?: string;
  readonly untilFixed?: true;
  readonly untilKev?: true;
}

/** Whether any end is given. */
export const endsSomehow = ({ until, untilFixed, untilKev }: ImportEnds): boolean =>
  (until ?? untilFixed ?? untilKev) !== undefined;

/** What is said of a rule that never ends when nothing was given to end it. */
export const endless = 'it never ends; say how it shall, with --until <day>, --until-fixed or --until-kev';

/** An id of a vulnerability; other tools ignore misconfigurations, secrets and licences in the same lists. */
export const isVulnerabilityId = (id: string): boolean =>
  /^(?:CVE|GHSA|DSA|DLA|USN|GO|PYSEC|RUSTSEC|RHSA|RLSA|ALSA|ALAS\d*|ELSA|SUSE-SU|openSUSE-SU|TEMP|MAL|OSV|NSWG-ECO|BIT|CGA|GMS|UBUNTU|DEBIAN|ALPINE)-[A-Za-z0-9:._~-]+$/.test(
    id,
  );

const day = /^\d{4}-\d{2}-\d{2}/;

/** The day that a value names; undefined for none. */
export function dayOf(value: unknown): string | undefined {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString().slice(0, 10);
  const text = typeof value === 'string' ? day.exec(value)?.[0] : undefined;
  return text === undefined || Number.isNaN(Date.parse(`${text}T00:00:00Z`)) ? undefined : text;
}
