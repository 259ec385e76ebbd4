import type { Distribution } from './types.ts';

/** What an image says of where its packages come from. */
export interface RedHatClaims {
  /** its content sets */
  readonly repositories: readonly string[];
  /** labels of its config and of the Dockerfiles of its bases; only asked where there are no content sets */
  readonly labels: readonly Readonly<Record<string, string>>[];
}

// longer ones last: each begins as the extended update stream of its minor release
const streams = ['eus', 'tus', 'aus', 'e4s', 'eus-long-life'];

interface Extended {
  readonly channel: string;
  readonly minor: number;
  readonly rank: number;
}

/**
 * The update stream that the packages of a Red Hat image come from, `eus-9.4`; undefined: the main one. By its content sets
 * (`rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_4`), where it has none by the CPE in its labels, or the name of an extended base image. Of several the newest
 * counts, and of one minor release the longest: what was built for a later minor release than it is judged as of the main stream. Source: Red Hat's
 * repository-to-cpe.json names streams alike.
 */
export function redHatChannel(
  { id, versionId }: Pick<Distribution, 'id' | 'versionId'>,
  { repositories, labels }: RedHatClaims,
): string | undefined {
  if (id !== 'rhel') return undefined;
  const [major = ''] = versionId.split('.');
  const found =
    repositories.length > 0
      ? repositories.map((set) => streamOfSet(set, major, versionId))
      : labels.flatMap((each) => [streamOfCpe(each['cpe'] ?? '', major), streamOfName(each['name'] ?? '', major)]);
  return found
    .filter((one) => one !== undefined)
    .reduce<Extended | undefined>((best, one) => (best === undefined || isAfter(one, best) ? one : best), undefined)
    ?.channel;
}

/** The stream of one content set, as `redHatChannel` names it; undefined: the main one, or nothing can be told. */
export function streamOfSet(set: string, major: string, versionId: string): Extended | undefined {
  const [, release, stream = '', ofMajor, minor] =
    /^rhel-(\d+)-[\w-]*?-(eus-long-life|eus|tus|aus|e4s|els)-[\w-]*?rpms(?:__(\d+)_DOT_(\d+))?/.exec(set) ?? [];
  if (release !== major) return undefined;
  // without a minor release the repository is that of the release that is installed
  const [, installed] = versionId.split('.');
  return ofMajor === undefined || ofMajor === major ? extended(stream, major, minor ?? installed) : undefined;
}

/** The release that a content set is of: `9.2` where it names a minor one, else `9`; undefined: it is not one of Red Hat Enterprise Linux. */
export function releaseOfSet(set: string): string | undefined {
  const [, major, ofMajor, minor] = /^(?:rhel|ubi)-(\d+)-[\w-]*?rpms(?:__(\d+)_DOT_(\d+))?/.exec(set) ?? [];
  if (major === undefined) return undefined;
  return ofMajor === major && minor !== undefined ? `${major}.${minor}` : major;
}

function streamOfCpe(cpe: string, major: string): Extended | undefined {
  const [, stream = '', release, minor] =
    /^cpe:\/[oa]:redhat:(?:rhel|enterprise_linux)_(eus_long_life|eus|tus|aus|e4s|els):(\d+)(?:\.(\d+))?(?:$|:)/.exec(
      cpe,
    ) ?? [];
  return release === major ? extended(stream.replaceAll('_', '-'), major, minor) : undefined;
}

/** `rhel9-2-els/rhel`: the base image that is made of an extended update stream */
function streamOfName(name: string, major: string): Extended | undefined {
  const [, release, minor] = /^rhel(\d+)-(\d+)-els\//.exec(name) ?? [];
  return release === major ? extended('eus', major, minor) : undefined;
}

function extended(stream: string, major: string, minor: string | undefined): Extended | undefined {
  if (stream === 'els') return { channel: 'els', minor: Number.MAX_SAFE_INTEGER, rank: 0 };
  if (minor === undefined || !/^\d{1,3}$/.test(minor)) return undefined;
  return { channel: `${stream}-${major}.${minor}`, minor: Number(minor), rank: streams.indexOf(stream) };
}

const isAfter = (a: Extended, b: Extended): boolean => a.minor > b.minor || (a.minor === b.minor && a.rank > b.rank);
