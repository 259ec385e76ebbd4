import { listAlerts, mailOf, slackMessage } from '#shared/alerts';
import {
  type FindingsPorts,
  findingsOfImage,
  type ImageHead,
  listProblems,
  listUnreadable,
  listWorkloads,
  readExposures,
  readImageHead,
  readInventoryOf,
  severityCounts,
} from '#shared/findings';
import type { Digest } from '#shared/oci';
import { policyState, savePolicy } from '#shared/policy';
import { indexes, keys } from '#shared/store';
import { type FleetCoverage, fleetCoverage } from './fleet-coverage.ts';

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
  stop(rollout: string, by: string): Promise<unknown | undefined>;
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
  ['GET', /^\/timeline$/, false, (ports, _match, request) => timeline(ports, request.query)],
  ['GET', /^\/alerts$/, false, (ports) => alerts(ports)],
  ['GET', /^\/plans$/, false, (ports) => ports.remedy.plans()],
  ['GET', /^\/rollouts$/, false, (ports) => ports.remedy.rollouts()],
  ['GET', /^\/rollouts\/([^/]+)$/, false, (ports, match) => ports.remedy.rollout(decodeURIComponent(match[1] ?? ''))],
  ['GET', /^\/advisories$/, false, (ports) => ports.book.manifest({ fresh: true })],
  ['GET', /^\/policy$/, false, (ports) => policyState(ports.table)],
  [
    'PUT',
    /^\/policy$/,
    true,
    (ports, _match, request) => takePolicy(ports, textOf(request.body), request.principal ?? ''),
  ],
  [
    'POST',
    /^\/plans\/([^/]+)\/approve$/,
    true,
    (ports, match, request) =>
      ports.remedy.approve(decodeURIComponent(match[1] ?? ''), request.principal ?? '', {
        dryRun: request.query.dryRun === 'true',
      }),
  ],
  [
    'POST',
    /^\/rollouts\/([^/]+)\/stop$/,
    true,
    (ports, match, request) => ports.remedy.stop(decodeURIComponent(match[1] ?? ''), request.principal ?? ''),
  ],
];

/** Answers requests; reading needs no more than reaching it, acting needs a principal. Errors name what to do. */
export function makeApi(ports: ApiPorts): (request: ApiRequest) => Promise<ApiAnswer> {
  const served: Served = { ...ports, fleet: fleetCoverage(ports) };
  return async (request) => {
    const here = routes
      .map((route) => ({ route, match: route[1].exec(request.path) }))
      .filter(({ match }) => match !== null);
    const found = here.find(({ route }) => route[0] === request.method);
    if (found === undefined)
      return here.length > 0
        ? problem(405, `${request.method} is not possible here`)
        : problem(404, `there is no ${request.path}; see the README for the paths`);
    const [, , acts, answer] = found.route;
    if (acts && request.principal === undefined)
      return problem(
        401,
        'this changes something and needs a token: send it as "Authorization: Bearer <token>", it is in endpoints.json',
      );
    const body = await answer(served, found.match as RegExpExecArray, request);
    return body === undefined ? problem(404, `there is no ${request.path}`) : { status: 200, body };
  };
}

async function takePolicy(ports: ApiPorts, text: string, by: string): Promise<unknown> {
  const saved = await savePolicy(ports.table, text, { by, now: ports.now() });
  if (saved.saved) await ports.policyChanged();
  return saved;
}

const problem = (status: number, text: string): ApiAnswer => ({ status, body: { error: text } });

const textOf = (body: unknown): string =>
  typeof body === 'string'
    ? body
    : typeof body === 'object' && body !== null && 'text' in body
      ? String(body.text)
      : '';

async function collect<T>(items: AsyncIterable<T>, limit = 2_000): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
    if (all.length >= limit) break;
  }
  return all;
}

async function heads(ports: ApiPorts): Promise<ImageHead[]> {
  const all: ImageHead[] = [];
  for await (const item of ports.table.list(indexes.images, { reverse: true })) {
    const head = await readImageHead(ports.table, item.digest as Digest);
    if (head !== undefined) all.push(head);
    if (all.length >= 500) break;
  }
  return all;
}

async function images(ports: ApiPorts): Promise<unknown> {
  const rows = await Promise.all(
    (await heads(ports)).map(async (head) => {
      const view = await findingsOfImage(ports, head);
      return {
        ...head,
        indexes: await indexesOf(ports, head.digest),
        names: await namesOf(ports, head.digest),
        coverage: view.coverage,
        counts: severityCounts(view.findings),
      };
    }),
  );
  return { images: rows, unreadable: await collect(listUnreadable(ports.table), 200) };
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
): Promise<{ registry: string; repository: string; tags: string[] }[]> {
  const roots = [digest, ...(await indexesOf(ports, digest))];
  const names: { registry: string; repository: string; tags: string[] }[] = [];
  for await (const place of ports.table.query({ pk: keys.image(digest).pk, prefix: 'R#' })) {
    const registry = String(place.registry);
    const repository = String(place.repository);
    const tags: string[] = [];
    for await (const row of ports.table.query({ pk: keys.repositoryTag(registry, repository, '').pk, prefix: 'T#' }))
      if (roots.includes(row.digest as Digest)) tags.push(String(row.tag));
    names.push({ registry, repository, tags });
  }
  return names;
}

async function image(ports: ApiPorts, digest: Digest): Promise<unknown> {
  const head = await readImageHead(ports.table, digest);
  if (head === undefined) return undefined;
  const view = await findingsOfImage(ports, head);
  const inventory = await readInventoryOf(ports.blobs, head);
  return {
    ...head,
    names: await namesOf(ports, digest),
    coverage: view.coverage,
    findings: view.findings,
    unjudged: view.unjudged,
    layerList: inventory?.layers ?? [],
    packageList: inventory?.packages ?? [],
  };
}

async function problems(ports: ApiPorts): Promise<unknown> {
  return Promise.all(
    (await collect(listProblems(ports.table))).map(async (entry) => ({
      ...entry,
      exposures: await readExposures(ports.table, entry.key),
    })),
  );
}

const mostEvents = 300;
const daysBack = 7;
const dayLength = 86_400_000;

/** The newest events of the last days, or of one `day`: midnight must not empty the page. */
async function timeline(ports: ApiPorts, query: Readonly<Record<string, string>>): Promise<unknown> {
  const now = ports.now().getTime();
  const days =
    query.day === undefined
      ? Array.from({ length: daysBack }, (_, back) => new Date(now - back * dayLength).toISOString().slice(0, 10))
      : [query.day];
  const events: unknown[] = [];
  for (const day of days) {
    const limit = mostEvents - events.length;
    if (limit <= 0) break;
    const rows = ports.table.query({ pk: keys.timeline(day, '', '').pk, reverse: true, limit });
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

async function overview(ports: Served): Promise<unknown> {
  const all = await collect(listProblems(ports.table));
  const open = all.filter((entry) => entry.state === 'open');
  return {
    now: ports.now().toISOString(),
    advisories: await ports.book.manifest({ fresh: true }),
    fleet: await ports.fleet(),
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
