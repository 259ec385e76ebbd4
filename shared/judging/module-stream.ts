import type { AffectedRange, MatchRecord } from '#shared/advisories';
import type { MatchSide } from './match-side.ts';

// A build's mark in its release: `.module_el9.2.0+35`, `.module+el8.9.0+17`.
const modular = /\.module[_+]/;
const streamNamed = /(?<![\w.+-])([a-z0-9][\w.+-]*:[\w.+-]+)(?=\s|,|$)/g;

/** True for a version that was built in a module. */
export const isModularVersion = (version: string): boolean => modular.test(version);

/**
 * Whether a range of an rpm record may speak of a package: modular builds are only compared with modular builds, and only those of one stream,
 * as 18.x of nodejs:18 is below what repairs nodejs:20 (reference advisories.md section 2, rule 6). Records say their stream in
 * the summary alone (`Important: nodejs:20 security update`); one that names none speaks of all.
 */
export function isOfModule(record: MatchRecord, range: AffectedRange, version: string, side: MatchSide): boolean {
  // Red Hat's own say it of each entry, and are sorted by it before
  if (record.source === 'REDHAT') return true;
  const modularRange = range.events.some((event) => modular.test(Object.values(event)[0] ?? ''));
  if (modularRange !== (side.module !== undefined || modular.test(version))) return false;
  if (!modularRange || side.module === undefined) return true;
  const streams = (record.summary ?? '').replace(/^[A-Z]\w+: /, '').match(streamNamed);
  return streams === null || streams.includes(side.module);
}
