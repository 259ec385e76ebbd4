import type { EpssScore } from '#shared/advisories';
import { readFeeds } from '#shared/advisories';
import { listAlerts, mailOf, slackMessage } from '#shared/alerts';
import {
  baseCatalogue,
  type FindingsPorts,
  findingsOfImage,
  type ImageHead,
  likelihoodOf,
  listProblems,
  listUnreadable,
  listWorkloads,
  type Problem,
  type Risk,
  readExposures,
  readImageHead,
  readImageHeads,
  readInventoryOf,
  riskOfProblem,
  severityCounts,
} from '#shared/findings';
import { baseOf, claimedDigests, isPrivileged } from '#shared/inventory';
import type { Digest } from '#shared/oci';
import { parsePolicy, policyState, savePolicy } from '#shared/policy';
import { indexes, keys } from '#shared/store';
import { sweepState } from '#shared/sweep';
import { type FleetCoverage, fleetCoverage } from './fleet-coverage.ts';
import { failureOf } from './function-url.ts';
import { inTurns } from './in-turns.ts';
import { ratedFindings } from './rated-findings.ts';
import { BadRequest, dayOf, dryRunOf, partOf, textOf } from './request-checks.ts';
import { takeVex, takeVexBack, vexDocuments } from './vex-desk.ts';

/** A request to the api, free of any transport. */
export interface ApiRequest {
  readonly method: string;
  /** `/images/sha256:…`, without prefix and query */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** who asks: an IAM principal, or the holder of the local token; absent for reading on loopback */
  readonly principal?: string;
}

/** An answer; `body` is sent as JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What the api needs from outside. */
export interface ApiPorts extends FindingsPorts {
  readonly now: () => Date;
  /** a new policy was taken: what it decides is decided again */
  readonly policyChanged: () => Promise<void>;
  /** `registry/repository` of the bases that policy names */
  readonly bases: () => Promise<readonly string[]>;
  /** plans and rollouts: the remedy side */
  readonly remedy: RemedyDesk;
}

/** What people can do to plans and rollouts. */
export interface RemedyDesk {
  plans(): Promise<readonly unknown[]>;
  rollouts(): Promise<readonly unknown[]>;
  rollout(id: string): Promise<unknown | undefined>;
  /** Approves and so starts a plan; `dryRun` says what would happen. Undefined: no such plan. */
  approve(plan: string, by: string, options: { readonly dryRun: boolean }): Promise<unknown | undefined>;
  /** Stops what of a rollout has not begun; `dryRun` says what that is. Undefined: no such rollout. */
  stop(rollout: string, by: string, options: { readonly dryRun: boolean }): Promise<unknown | undefined>;
}

/** The ports, and what one api remembers between requests. */
interface Served extends ApiPorts {
  readonly fleet: () => Promise<FleetCoverage>;
}

type Route = readonly [
  method: string,
  path: RegExp,
  acts: boolean,
  answer: (ports: Served, match: RegExpExecArray, request: ApiRequest) => Promise<unknown>,
];

const routes: readonly Route[] = [
  ['GET', /^\/overview$/, false, (ports) => overview(ports)],
  ['GET', /^\/images$/, false, (ports) => images(ports)],
  ['GET', /^\/images\/(sha(?:256|512):[0-9a-f]+)$/, false, (ports, match) => image(ports, match[1] as Digest)],
  ['GET', /^\/problems$/, false, (ports) => problems(ports)],
  ['GET', /^\/workloads$/, false, (ports) => collect(listWorkloads(ports.table))],
  ['GET', /^\/timeline$/, false, (ports, _match, request) => timeline(ports, dayOf(request))],
  ['GET', /^\/alerts$/, false, (ports) => alerts(ports)],
  ['GET', /^\/plans$/, false, (ports) => ports.remedy.plans()],
  ['GET', /^\/rollouts$/, false, (ports) => ports.remedy.rollouts()],
  ['GET', /^\/rollouts\/([^/]+)$/, false, (ports, match) => ports.remedy.rollout(partOf(match[1]))],
  ['GET', /^\/advisories$/, false, (ports) => ports.book.manifest({ fresh: true })],
  ['GET', /^\/advisories\/([^/]+)$/, false, (ports, match) => knownOf(ports.book, partOf(match[1]))],
  ['GET', /^\/policy$/, false, (ports) => policyState(ports.table)],
  [
    'PUT',
    /^\/policy$/,
    true,
    (ports, _match, request) => takePolicy(ports, textOf(request.body), request.principal ?? '', dryRunOf(request)),
  ],
  ['GET', /^\/vex$/, false, (ports, _match, request) => vexDocuments(ports, request)],
  ['PUT', /^\/vex$/, true, (ports, _match, request) => takeVex(ports, request)],
  ['DELETE', /^\/vex\/([^/]+)$/, true, (ports, match, request) => takeVexBack(ports, partOf(match[1]), request)],
  [
    'POST',
    /^\/plans\/([^/]+)\/approve$/,
    true,
    (ports, match, request) =>
      ports.remedy.approve(partOf(match[1]), request.principal ?? '', { dryRun: dryRunOf(request) }),
  ],
  [
    'POST',
    /^\/rollouts\/([^/]+)\/stop$/,
    true,
    (ports, match, request) =>
      ports.remedy.stop(partOf(match[1]), request.principal ?? '', { dryRun: dryRunOf(request) }),
  ],
];

/** Answers requests; reading needs no more than reaching it, acting needs a principal. Errors name what to do. */
export function makeApi(ports: ApiPorts): (request: ApiRequest) => Promise<ApiAnswer> {
  const served: Served = { ...ports, fleet: fleetCoverage(ports) };
  return async (request) => {
    // a HEAD is a GET whose body the transport leaves out
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const here = routes
      .map((route) => ({ route, match: route[1].exec(request.path) }))
      .filter(({ match }) => match !== null);
    const found = here.find(({ route }) => route[0] === method);
    if (found === undefined)
      return here.length > 0
        ? problem(405, `${shown(request.method)} is not possible here`)
        : problem(404, `there is no ${shown(request.path)}; see the README for the paths`);
    const [, , acts, answer] = found.route;
    if (acts && request.principal === undefined)
      return problem(
        401,
        'this changes something and needs a token: send it as "Authorization: Bearer <token>", it is in endpoints.json',
      );
    try {
      const body = await answer(served, found.match as RegExpExecArray, request);
      return body === undefined ? problem(404, `there is no ${shown(request.path)}`) : { status: 200, body };
    } catch (error) {
      if (error instanceof BadRequest) return problem(400, error.message);
      // what a person can act on is an answer; anything else is the transport's to log
      const answered = failureOf(error);
      if (answered.status === 500) throw error;
      return answered;
    }
  };
}

async function takePolicy(ports: ApiPorts, text: string, by: string, dryRun: boolean): Promise<unknown> {
  if (dryRun) {
    const parsed = parsePolicy(text);
    return 'errors' in parsed
      ? { dryRun, saved: false, errors: parsed.errors }
      : { dryRun, saved: false, policy: parsed.policy };
  }
  const saved = await savePolicy(ports.table, text, { by, now: ports.now() });
  if (saved.saved) await ports.policyChanged();
  return saved;
}

const problem = (status: number, text: string): ApiAnswer => ({ status, body: { error: text } });

const shown = (text: string): string => text.slice(0, 200).toWellFormed();

async function collect<T>(items: AsyncIterable<T>, limit = 2_000): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
    if (all.length >= limit) break;
  }
  return all;
}

const mostImages = 500;

/** The newest images, as their heads say now. */
async function heads(ports: ApiPorts): Promise<ImageHead[]> {
  const listed: Digest[] = [];
  for await (const item of ports.table.list(indexes.images, { reverse: true, limit: mostImages }))
    listed.push(item.digest as Digest);
  const found = await readImageHeads(ports.table, listed);
  return listed.flatMap((digest) => found.get(digest) ?? []);
}

async function images(ports: ApiPorts): Promise<unknown> {
  const tags = tagsOnce(ports);
  const rows = await inTurns(await heads(ports), async (head) => {
    const view = await findingsOfImage(ports, head);
    return {
      ...head,
      indexes: await indexesOf(ports, head.digest),
      names: await namesOf(ports, head.digest, tags),
      coverage: view.coverage,
      counts: severityCounts(view.findings),
    };
  });
  return { images: rows, unreadable: await collect(listUnreadable(ports.table), 200) };
}

type TagsOf = (
  registry: string,
  repository: string,
) => Promise<readonly { readonly tag: string; readonly digest: Digest }[]>;

/** The tags of each repository, read once for one answer. */
function tagsOnce(ports: ApiPorts): TagsOf {
  const known = new Map<string, ReturnType<TagsOf>>();
  const read: TagsOf = async (registry, repository) => {
    const rows = ports.table.query({ pk: keys.repositoryTag(registry, repository, '').pk, prefix: 'T#' });
    return (await collect(rows, 20_000)).map((row) => ({ tag: String(row.tag), digest: row.digest as Digest }));
  };
  return (registry, repository) => {
    const name = `${registry}/${repository}`;
    const found = known.get(name) ?? read(registry, repository);
    known.set(name, found);
    return found;
  };
}

/** The indexes that list an image: a runtime may report any of them as what it runs. */
async function indexesOf(ports: ApiPorts, digest: Digest): Promise<Digest[]> {
  const indexes: Digest[] = [];
  for await (const item of ports.table.query({ pk: keys.image(digest).pk, prefix: 'X#' }))
    indexes.push(item.index as Digest);
  return indexes;
}

/** `registry/repository[:tag…]` of everywhere that a digest, or an index that lists it, lies. */
async function namesOf(
  ports: ApiPorts,
  digest: Digest,
  tagsOf: TagsOf,
): Promise<{ registry: string; repository: string; tags: string[] }[]> {
  const roots = [digest, ...(await indexesOf(ports, digest))];
  const names: { registry: string; repository: string; tags: string[] }[] = [];
  for await (const place of ports.table.query({ pk: keys.image(digest).pk, prefix: 'R#' })) {
    const registry = String(place.registry);
    const repository = String(place.repository);
    const tags = (await tagsOf(registry, repository)).filter((each) => roots.includes(each.digest));
    names.push({ registry, repository, tags: tags.map((each) => each.tag) });
  }
  return names;
}

/** an ordinary image has some twenty */
const mostPrivileged = 500;

async function image(ports: ApiPorts, digest: Digest): Promise<unknown> {
  const head = await readImageHead(ports.table, digest);
  if (head === undefined) return undefined;
  const view = await findingsOfImage(ports, head);
  const inventory = await readInventoryOf(ports.blobs, head);
  return {
    ...head,
    names: await namesOf(ports, digest, tagsOnce(ports)),
    coverage: view.coverage,
    findings: await ratedFindings(ports, digest, view.findings),
    unjudged: view.unjudged,
    ...(inventory === undefined
      ? {}
      : { base: baseOf(inventory, await baseCatalogue(ports.table, await ports.bases(), claimedDigests(inventory))) }),
    layerList: inventory?.layers ?? [],
    config: inventory?.config,
    executables: {
      count: inventory?.executables.length ?? 0,
      privileged: (inventory?.executables ?? []).filter(isPrivileged).slice(0, mostPrivileged),
    },
    packageList: inventory?.packages ?? [],
  };
}

async function problems(ports: ApiPorts): Promise<unknown> {
  return inTurns(await collect(listProblems(ports.table)), async (entry) => ({
    ...entry,
    ...(await rated(ports, entry)),
    exposures: await readExposures(ports.table, entry.key),
  }));
}

/** EPSS and risk join on reading: a new day's scores move no row (design decision 6). */
async function rated(ports: ApiPorts, entry: Problem): Promise<{ readonly epss?: EpssScore; readonly risk: Risk }> {
  const { epss } = await likelihoodOf(ports.book, [entry.vulnerability, ...entry.aliases]);
  return { ...(epss === undefined ? {} : { epss }), risk: riskOfProblem(entry, epss, ports.now()) };
}

const mostEvents = 300;
const daysBack = 7;
const dayLength = 86_400_000;

/** The newest events of the last days, or of one `day`: midnight must not empty the page. */
async function timeline(ports: ApiPorts, day: string | undefined): Promise<unknown> {
  const now = ports.now().getTime();
  const days =
    day === undefined
      ? Array.from({ length: daysBack }, (_, back) => new Date(now - back * dayLength).toISOString().slice(0, 10))
      : [day];
  const events: unknown[] = [];
  for (const each of days) {
    const limit = mostEvents - events.length;
    if (limit <= 0) break;
    const rows = ports.table.query({ pk: keys.timeline(each, '', '').pk, reverse: true, limit });
    events.push(...(await collect(rows, limit)).map((item) => item.event));
  }
  return events;
}

async function alerts(ports: ApiPorts): Promise<unknown> {
  return (await collect(listAlerts(ports.table), 300)).map((record) => ({
    ...record,
    slack: slackMessage(record.alert),
    mail: mailOf(record.alert),
  }));
}

/** What is known of an id beside findings: the CVE List's entry, and what was withdrawn under it. */
async function knownOf(book: ApiPorts['book'], id: string): Promise<unknown> {
  const cve = (await book.cves())?.lookup(id.toUpperCase());
  return { id, ...(cve === undefined ? {} : { cve }), withdrawn: await book.withdrawn(id) };
}

async function overview(ports: Served): Promise<unknown> {
  const all = await collect(listProblems(ports.table));
  const open = all.filter((entry) => entry.state === 'open');
  return {
    now: ports.now().toISOString(),
    advisories: await ports.book.manifest({ fresh: true }),
    feeds: await readFeeds(ports.table),
    fleet: await ports.fleet(),
    sweep: await sweepState(ports.table),
    problems: {
      open: open.length,
      exploited: open.filter((entry) => entry.kev !== undefined).length,
      critical: open.filter((entry) => entry.severity.level === 'critical').length,
      fixable: open.filter((entry) => entry.fixedIn !== undefined).length,
      accepted: all.filter((entry) => entry.state === 'accepted').length,
      resolved: all.filter((entry) => entry.state === 'resolved').length,
    },
  };
}
