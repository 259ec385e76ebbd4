import type { Key } from './types.ts';

// Every key of the table, once. Sort keys of one partition are ordered by bytes; parts are joined by '#'. Parts that may hold '#'
// (versions, record ids, tags are outside text) are percent-escaped, so that a hostile part never reaches into another key.

const part = (text: string): string => text.replace(/[%#]/g, (c) => (c === '%' ? '%25' : '%23'));
/** Reads back what `part` wrote. */
export const unpart = (text: string): string =>
  text.replace(/%(25|23)/g, (_, hex: string) => (hex === '25' ? '%' : '#'));

/** One text of a primary key, for maps and sets of keys; no two keys have the same. */
export const keyId = ({ pk, sk }: Key): string => JSON.stringify([pk, sk]);

/** A repository as keys name it: `registry/repository`. */
const repo = (registry: string, repository: string): string => part(`${registry}/${repository}`);

/** Where a range of one partition begins. */
type Prefix = { readonly pk: string; readonly prefix: string };

/** Partition and sort keys of every item, by what it holds; the table is described in the design's store page. */
export const keys = {
  /** image head: set ids, coverage, pointer to the inventory */
  image: (digest: string): Key => ({ pk: `I#${digest}`, sk: 'A' }),
  /** where an image lies, seen from the repository */
  repositoryImage: (registry: string, repository: string, digest: string): Key => ({
    pk: `R#${repo(registry, repository)}`,
    sk: `I#${digest}`,
  }),
  /** the mirror, seen from the image */
  imageRepository: (digest: string, registry: string, repository: string): Key => ({
    pk: `I#${digest}`,
    sk: `R#${repo(registry, repository)}`,
  }),
  /** that images of a repository were read: the list of all of them */
  knownRepository: (registry: string, repository: string): Key => ({
    pk: 'REPOSITORIES',
    sk: repo(registry, repository),
  }),
  repositoryTag: (registry: string, repository: string, tag: string): Key => ({
    pk: `R#${repo(registry, repository)}`,
    sk: `T#${part(tag)}`,
  }),
  repositoryUnreadable: (registry: string, repository: string, reference: string): Key => ({
    pk: `R#${repo(registry, repository)}`,
    sk: `U#${part(reference)}`,
  }),
  indexChild: (index: string, child: string): Key => ({ pk: `I#${index}`, sk: `C#${child}` }),
  childIndex: (child: string, index: string): Key => ({ pk: `I#${child}`, sk: `X#${index}` }),
  layerFacts: (blob: string, extractors: string): Key => ({ pk: `B#${blob}`, sk: `F#${part(extractors)}` }),
  set: (set: string): Key => ({ pk: `S#${set}`, sk: 'A' }),
  setImage: (set: string, digest: string): Key => ({ pk: `S#${set}`, sk: `I#${digest}` }),
  setWorkload: (set: string, workload: string): Key => ({ pk: `S#${set}`, sk: `W#${part(workload)}` }),
  /** edge: this set holds this package at this version */
  packageEdge: (shard: string, name: string, version: string, set: string): Key => ({
    pk: `N#${part(shard)}#${part(name)}`,
    sk: `E#${part(version)}#${set}`,
  }),
  judgement: (shard: string, name: string, version: string, qualifiers: string): Key => ({
    pk: `N#${part(shard)}#${part(name)}`,
    sk: `V#${part(version)}#${part(qualifiers)}`,
  }),
  /** which judgement a blob of findings, known by its hash, is of */
  judgementBlob: (hash: string, owner: string): Key => ({ pk: `J#${hash}`, sk: owner }),
  problem: (finding: string, shard: string, name: string): Key => ({
    pk: `P#${part(finding)}#${part(shard)}#${part(name)}`,
    sk: 'A',
  }),
  problemWorkload: (finding: string, shard: string, name: string, workload: string): Key => ({
    pk: `P#${part(finding)}#${part(shard)}#${part(name)}`,
    sk: `W#${part(workload)}`,
  }),
  /** the plan that is offered for a problem now */
  problemPlan: (finding: string, shard: string, name: string): Key => ({
    pk: `P#${part(finding)}#${part(shard)}#${part(name)}`,
    sk: 'L',
  }),
  /** a workload whose definition names this repository */
  repositoryWorkload: (registry: string, repository: string, workload: string): Key => ({
    pk: `R#${repo(registry, repository)}`,
    sk: `W#${part(workload)}`,
  }),
  workload: (workload: string): Key => ({ pk: `W#${part(workload)}`, sk: 'A' }),
  /** that the workload is there: the list of all that are, for full reads */
  fleetWorkload: (workload: string): Key => ({ pk: 'FLEET', sk: `W#${part(workload)}` }),
  /** a workload that runs this digest now */
  imageWorkload: (digest: string, workload: string): Key => ({ pk: `I#${digest}`, sk: `W#${part(workload)}` }),
  /** when a workload was last seen to run it no more */
  imageStopped: (digest: string): Key => ({ pk: `I#${digest}`, sk: 'L' }),
  /** the problems that a workload is a member of, and the sets that it runs */
  workloadProblems: (workload: string): Key => ({ pk: `W#${part(workload)}`, sk: 'P' }),
  /** what changed on a workload, when (ISO time) */
  workloadHistory: (workload: string, time: string): Key => ({ pk: `W#${part(workload)}`, sk: `H#${time}` }),
  rollout: (rollout: string): Key => ({ pk: `O#${part(rollout)}`, sk: 'A' }),
  /** that a rollout is not at its end, and when its driver means to be back */
  rolling: (rollout: string): Key => ({ pk: 'ROLLING', sk: part(rollout) }),
  /** that the end of a rollout was told */
  rolloutTold: (rollout: string): Key => ({ pk: `O#${part(rollout)}`, sk: 'T' }),
  rolloutWorkload: (rollout: string, workload: string): Key => ({
    pk: `O#${part(rollout)}`,
    sk: `W#${part(workload)}`,
  }),
  plan: (plan: string): Key => ({ pk: `L#${part(plan)}`, sk: 'A' }),
  /** a piece of a plan that outgrows its row */
  planPart: (plan: string, at: number): Key => ({ pk: `L#${part(plan)}`, sk: `B#${String(at).padStart(4, '0')}` }),
  /** the last word about a repair of a workload: whoever asks, asks by the workload */
  approval: (workload: string, vulnerabilities: string, remedy: string): Key => ({
    pk: `W#${part(workload)}`,
    sk: `K#${part(vulnerabilities)}#${part(remedy)}`,
  }),
  /** the rollout that changes the workload, or was the last to */
  workloadRollout: (workload: string): Key => ({ pk: `W#${part(workload)}`, sk: 'R' }),
  /** the rollout that is going to change the workload, from its start on */
  workloadPlanned: (workload: string): Key => ({ pk: `W#${part(workload)}`, sk: 'N' }),
  /** a person's rollback, remembered: never push this digest to this workload again before its end */
  holdDown: (workload: string, digest: string): Key => ({ pk: `W#${part(workload)}`, sk: `D#${digest}` }),
  alert: (problem: string): Key => ({ pk: `A#${part(problem)}`, sk: 'A' }),
  /** the timeline of events, one partition a day */
  timeline: (day: string, time: string, id: string): Key => ({ pk: `E#${day}`, sk: `${time}#${part(id)}` }),
  feed: (shard: string): Key => ({ pk: 'FEED', sk: part(shard) }),
  /** the advisory generation and the pointer to its manifest */
  generation: (): Key => ({ pk: 'FEED', sk: '!manifest' }),
  /** up to which generation changes of advisories were told to the bus */
  toldGeneration: (): Key => ({ pk: 'FEED', sk: '!told' }),
  /** names that were told to be judged again and are not yet: one part of what a generation changed */
  dueRematch: (generation: number, list: string): Key => ({
    pk: 'REMATCH',
    sk: `${String(generation).padStart(10, '0')}#${part(list)}`,
  }),
  /** a part of what one change touches, still to be done; and the prefix of all parts */
  touchPart: (touch: string, hash: string): Key => ({ pk: 'TOUCHED', sk: `${touch}#T#${hash}` }),
  touchParts: (touch: string): Prefix => ({ pk: 'TOUCHED', prefix: `${touch}#T#` }),
  /** a problem that such a part touched and that is to be told when all are done; and the prefix of all of them */
  touchedProblem: (touch: string, problem: string, run: string): Key => ({
    pk: 'TOUCHED',
    sk: `${touch}#P#${problem}#${run}`,
  }),
  touchedProblems: (touch: string): Prefix => ({ pk: 'TOUCHED', prefix: `${touch}#P#` }),
  /** when the whole fleet was last read */
  fleetRead: (): Key => ({ pk: 'SWEEP', sk: '!fleet' }),
  /** whether the first, silent look is over, and what it found */
  baseline: (): Key => ({ pk: 'SWEEP', sk: '!baseline' }),
  /** sizes of what runs and was still unread at the last sweep */
  unreadRunning: (): Key => ({ pk: 'SWEEP', sk: '!unread' }),
  /** the sweep that is under way, and where it stands */
  sweepRun: (): Key => ({ pk: 'SWEEP', sk: '!run' }),
  /** what the last finished sweep came to */
  sweepDone: (): Key => ({ pk: 'SWEEP', sk: '!done' }),
  sweep: (day: string): Key => ({ pk: 'SWEEP', sk: day }),
  /** a VEX document that somebody brought, by its own id */
  vex: (document: string): Key => ({ pk: 'VEX', sk: part(document) }),
  policy: (): Key => ({ pk: 'POLICY', sk: 'A' }),
} as const;

/** Names of the sparse index's partitions. */
export const indexes = {
  problems: 'problems',
  rollouts: 'rollouts',
  /** rows of rollouts that a person took back */
  takenBack: 'taken-back',
  images: 'images',
  unreadable: 'unreadable',
  plans: 'plans',
  alerts: 'alerts',
} as const;
