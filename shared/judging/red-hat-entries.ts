import type { MatchRecord } from '#shared/advisories';
import type { MatchSide } from './match-side.ts';
import { isModularVersion } from './module-stream.ts';

type Entry = MatchRecord['affected'][number];

/** True for records in which Red Hat speaks of several streams, each with a word of its own. */
export const isOfStreams = (record: MatchRecord): boolean => record.source === 'REDHAT' || record.source === 'RHSA';

/**
 * The entries of a record of Red Hat that speak to a package: those of its module, its architecture and its own stream; where its stream has no word of its
 * own, those of the stream that it goes on from. A word about a single binary goes before that about its source package, and a fix for the minor release that
 * the package was built for before those for others (reference detection.md section 4, traps 6 and 7).
 */
export function redHatEntries(record: MatchRecord, version: string, side: MatchSide): readonly Entry[] {
  const speaking = record.affected.filter(
    ({ specific = {} }) =>
      isOfModule(record, specific['module'], version, side) &&
      isOneOf(specific['architectures'], side.architecture === 'noarch' ? undefined : side.architecture) &&
      isOneOf(specific['binaries'], side.name),
  );
  return ofMinorRelease(closest(ofStream(speaking, streamsBefore(side.channel, version))), version);
}

function isOfModule(record: MatchRecord, module: string | undefined, version: string, side: MatchSide): boolean {
  // OSV's copies of advisories say their module in words only
  if (module === undefined) return record.source !== 'REDHAT' || !isModular(version, side);
  return side.module === undefined ? isModularVersion(version) : side.module === module;
}

const isModular = (version: string, side: MatchSide): boolean => side.module !== undefined || isModularVersion(version);

/** A list that is not there, or a side that is not known, speaks of everything. */
const isOneOf = (list: string | undefined, one: string | undefined): boolean =>
  list === undefined || one === undefined || list.split(' ').includes(one);

function ofStream(entries: readonly Entry[], streams: readonly (string | undefined)[]): readonly Entry[] {
  for (const stream of streams) {
    const own = entries.filter(({ specific }) => specific?.['channel'] === stream);
    if (own.length > 0) return own;
  }
  return [];
}

/**
 * A stream and those that it goes on from: the longer ones begin as the extended stream of their minor release, all come from the main one. What only the
 * extended life cycle repairs is open in the main stream, which ended before. What was built for a later minor release than that of the stream came from
 * the main one, however the image was made.
 */
function streamsBefore(channel: string | undefined, version: string): readonly (string | undefined)[] {
  const minor = /-(\d+\.\d+)$/.exec(channel ?? '')?.[1];
  if (channel === undefined || isLater(minorReleaseOf(version), minor)) return [undefined, 'els'];
  return minor === undefined ? [channel, undefined] : [channel, `eus-${minor}`, undefined];
}

/** True when both are of one release, and the first is after the second. */
function isLater(one: string | undefined, other: string | undefined): boolean {
  const [[major, minor], [sameMajor, before]] = [(one ?? '').split('.'), (other ?? '').split('.')];
  return one !== undefined && major === sameMajor && Number(minor) > Number(before);
}

/** What names the binary, if anything does. */
function closest(entries: readonly Entry[]): readonly Entry[] {
  const named = entries.filter(({ specific }) => specific?.['binaries'] !== undefined);
  return named.length > 0 ? named : entries;
}

/**
 * A release is repaired more than once in its main stream: for 9.2 while it is the newest, then for 9.3, in a version above. What was built for 9.2 has its
 * own fix, and is not affected because of the later one.
 */
function ofMinorRelease(entries: readonly Entry[], version: string): readonly Entry[] {
  const minor = minorReleaseOf(version);
  if (minor === undefined || entries.length < 2) return entries;
  const same = entries.filter(({ ranges }) =>
    ranges.some(({ events }) => events.some((event) => 'fixed' in event && minorReleaseOf(event.fixed) === minor)),
  );
  return same.length > 0 ? same : entries;
}

/** `7.76.1-23.el9_2.4`, `18.19.1-1.module+el8.9.0+21387+ac0c09ea` */
function minorReleaseOf(version: string): string | undefined {
  const [, major, minor] = /\.el(\d+)_(\d+)/.exec(version) ?? /\.module\+el(\d+)\.(\d+)/.exec(version) ?? [];
  return major === undefined ? undefined : `${major}.${minor}`;
}
