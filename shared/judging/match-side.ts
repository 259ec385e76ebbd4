import type { MatchRecord } from '#shared/advisories';
import { isOfStreams, redHatEntries } from './red-hat-entries.ts';

/** What a match needs to know of a package beside its version. */
export interface MatchSide {
  /** the binary package's own name */
  readonly name?: string | undefined;
  readonly architecture?: string | undefined;
  /** the module stream that the package was built in, for rpm distributions: `nodejs:18` */
  readonly module?: string | undefined;
  /** the update channel of the image: 'esm' of Ubuntu Pro, 'eus-9.4' of Red Hat */
  readonly channel?: string | undefined;
}

/**
 * The entries of a record that speak to a package. What Ubuntu Pro repairs stands beside what everybody gets, often as "no fix": to an image with Pro,
 * and to a package that came from it (`+esm1`), only Pro's entries speak; to all others both do, so that they are affected and the fix is seen to be
 * in Pro (reference detection.md section 4, trap 13). Red Hat's streams: red-hat-entries.ts.
 */
export function entriesFor(record: MatchRecord, version: string, side: MatchSide): MatchRecord['affected'] {
  if (isOfStreams(record)) return redHatEntries(record, version, side);
  if (side.channel !== 'esm' && !/[+~]esm\d/.test(version)) return record.affected;
  const own = record.affected.filter(({ specific }) => specific?.['channel'] === 'esm');
  return own.length === 0 ? record.affected : own;
}
