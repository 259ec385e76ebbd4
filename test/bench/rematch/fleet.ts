import { createHash } from 'node:crypto';
import type { Workload } from '#shared/fleet';
import { type PackageKey, type PackageSet, packageKeyId } from '#shared/inventory';
import type { Digest } from '#shared/oci';

// Made-up names and versions in real forms, the same at every run: what decides the work are the counts, which are those of the design's store page.

/** How large the made-up world is. */
export interface Shape {
  readonly images: number;
  /** package sets of distributions: each image has one */
  readonly osSets: number;
  /** of applications: each image has two */
  readonly appSets: number;
  readonly services: number;
}

const osNames = 400;
const appNames = 9_000;
const perOsSet = 199;
const perAppSet = 11;
/** Names with advisories: every 40th of a distribution, every 5th of an application. */
const sickOs = 40;
const sickApp = 5;
/** In so many services' sets lies a package that nobody else has. */
const hotServices = 40;

/** The worst package: it lies in every set of a distribution. */
export const libc = 'glibc';
/** The package of a few services. */
export const hot = 'left-out';

/** A package of Debian 12 as an image has it. */
export const debian = (name: string, version: string): PackageKey => ({
  ecosystem: 'Debian',
  release: '12',
  architecture: 'amd64',
  name,
  version,
  source: name,
  sourceVersion: version,
});

/** A package of npm. */
export const npm = (name: string, version: string): PackageKey => ({ ecosystem: 'npm', name, version });

const setOf = (keys: readonly PackageKey[]): PackageSet => ({
  id: createHash('sha256').update(keys.map(packageKeyId).join('\n')).digest('hex'),
  layer: digestOf(0),
  keys,
});

/** The sets of a distribution: 200 packages each, of 20 different states. */
export function osSet(at: number): PackageSet {
  const packages = Array.from({ length: perOsSet }, (_, index) => (at * 37 + index) % osNames);
  return setOf([
    debian(libc, `2.36-${at % 20}`),
    ...packages.map((name) => debian(`os-${name}`, `1.${(at + name) % 20}-${1 + (at % 2)}`)),
  ]);
}

/** The sets of applications: eleven packages each. */
export function appSet(at: number, shape: Shape): PackageSet {
  const packages = Array.from({ length: perAppSet }, (_, index) => at * perAppSet + index);
  return setOf([
    ...packages.map((index) => npm(`app-${index % appNames}`, `1.${(index + Math.floor(index / appNames)) % 10}.0`)),
    ...(hotSets(shape).has(at) ? [npm(hot, '1.0.0')] : []),
    npm(`own-${at}`, '1.0.0'),
  ]);
}

const hotKnown = new Map<string, ReadonlySet<number>>();

function hotSets(shape: Shape): ReadonlySet<number> {
  const id = JSON.stringify(shape);
  const known = hotKnown.get(id) ?? new Set(Array.from({ length: hotServices / 2 }, (_, at) => setsOf(at, shape)[2]));
  hotKnown.set(id, known);
  return known;
}

/** The sets of an image: one of a distribution, two of applications, as their places. */
export const setsOf = (image: number, shape: Shape): readonly [number, number, number] => [
  image % shape.osSets,
  (image * 7) % shape.appSets,
  (image * 13 + 5) % shape.appSets,
];

/** The digest of an image. */
export const digestOf = (image: number): Digest =>
  `sha256:${createHash('sha256').update(`image ${image}`).digest('hex')}` as Digest;

/** The service at a place; each runs an image of its own, the first of the images. */
export const service = (at: number): Workload => ({
  id: `111122223333/eu-central-1/prod/service-${at}`,
  kind: 'ecs-service',
  account: '111122223333',
  region: 'eu-central-1',
  cluster: 'prod',
  name: `service-${at}`,
  definition: `arn:aws:ecs:eu-central-1:111122223333:task-definition/service-${at}:1`,
  containers: [{ name: 'app', image: `registry.test/service-${at}:1`, digest: digestOf(at) }],
  runningDigests: [digestOf(at)],
  desired: 2,
  running: 2,
  deployment: { id: 'ecs-svc/1', state: 'completed', definition: `service-${at}:1`, count: 2 },
  tags: {},
  readAt: '2026-11-28T00:00:00.000Z',
});

/** An OSV record of one package. */
export function record(id: string, ecosystem: string, name: string, fixed: string): object {
  return {
    id,
    modified: '2026-11-28T00:00:00Z',
    ...(ecosystem === 'npm' ? { aliases: [`CVE-2026-${id.length}${id.replace(/\D/g, '')}`] } : {}),
    affected: [
      {
        package: { ecosystem, name },
        ranges: [{ type: ecosystem === 'npm' ? 'SEMVER' : 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
      },
    ],
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N' }],
    summary: `A made-up flaw of ${name} that lets somebody do what they should not`,
  };
}

/** The advisories that were there before: some ten findings for each image. */
export const firstRecords = (): readonly object[] => [
  ...Array.from({ length: osNames / sickOs }, (_, at) => at * sickOs).flatMap((name) => [
    record(`DSA-${1000 + name}-1`, 'Debian:12', `os-${name}`, '1.16-1'),
    record(`DSA-${2000 + name}-1`, 'Debian:12', `os-${name}`, '1.17-1'),
  ]),
  ...Array.from({ length: appNames / sickApp }, (_, at) =>
    record(`GHSA-app-${at}`, 'npm', `app-${at * sickApp}`, '1.5.0'),
  ),
];
