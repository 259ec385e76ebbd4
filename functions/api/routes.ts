import type { Digest } from '#shared/oci';
import { policyState } from '#shared/policy';
import type { Fleet } from './fleet-coverage.ts';
import { image, imagePage, unreadablePage } from './image-answers.ts';
import { overview } from './overview.ts';
import { takePolicy } from './policy-desk.ts';
import type { ApiPorts, ApiRequest } from './ports.ts';
import { exposurePage, problemPage } from './problem-pages.ts';
import { dayOf, dryRunOf, keyOf, namedOf, partOf, textOf, workloadOf, yesOf } from './request-checks.ts';
import { alertPage, timeline } from './told-answers.ts';
import { takeVex, takeVexBack } from './vex-desk.ts';
import { vexPage } from './vex-pages.ts';
import { workloadPage } from './workload-page.ts';

/** The ports, and what one api remembers between requests. */
export interface Served extends ApiPorts {
  readonly fleet: Fleet;
}

/** A path, whether its method changes anything, and who answers. */
export type Route = readonly [
  method: string,
  path: RegExp,
  acts: boolean,
  answer: (ports: Served, match: RegExpExecArray, request: ApiRequest) => Promise<unknown>,
];

/** Every path of the api. */
export const routes: readonly Route[] = [
  ['GET', /^\/overview$/, false, (ports) => overview(ports)],
  ['GET', /^\/images$/, false, (ports, _match, request) => imagePage(ports, afterOf(request))],
  ['GET', /^\/images\/(sha(?:256|512):[0-9a-f]+)$/, false, (ports, match) => image(ports, match[1] as Digest)],
  [
    'GET',
    /^\/problems$/,
    false,
    (ports, _match, request) => {
      const { after, workload } = namedOf(request, ['after', 'workload']);
      return problemPage(ports, { after, workload: workloadOf(workload) });
    },
  ],
  [
    'GET',
    /^\/exposures$/,
    false,
    (ports, _match, request) => {
      const { after, ...key } = namedOf(request, ['after', 'finding', 'shard', 'name']);
      return exposurePage(ports, keyOf(key), after);
    },
  ],
  ['GET', /^\/workloads$/, false, (ports, _match, request) => workloadPage(ports, afterOf(request))],
  ['GET', /^\/timeline$/, false, (ports, _match, request) => timeline(ports, dayOf(request))],
  ['GET', /^\/alerts$/, false, (ports, _match, request) => alertPage(ports, afterOf(request))],
  ['GET', /^\/plans$/, false, (ports, _match, request) => ports.remedy.plans(afterOf(request))],
  [
    'GET',
    /^\/plans\/([^/]+)$/,
    false,
    (ports, match, request) => ports.remedy.plan(partOf(match[1]), afterOf(request)),
  ],
  ['GET', /^\/rollouts$/, false, (ports, _match, request) => ports.remedy.rollouts(afterOf(request))],
  [
    'GET',
    /^\/rollouts\/([^/]+)$/,
    false,
    (ports, match, request) => ports.remedy.rollout(partOf(match[1]), afterOf(request)),
  ],
  ['GET', /^\/unreadable$/, false, (ports, _match, request) => unreadablePage(ports, afterOf(request))],
  ['GET', /^\/advisories$/, false, (ports) => ports.book.manifest({ fresh: true })],
  ['GET', /^\/advisories\/([^/]+)$/, false, (ports, match) => knownOf(ports.book, partOf(match[1]))],
  ['GET', /^\/policy$/, false, (ports) => policyState(ports.table)],
  [
    'PUT',
    /^\/policy$/,
    true,
    (ports, _match, request) => takePolicy(ports, textOf(request.body), request.principal ?? '', dryRunOf(request)),
  ],
  [
    'GET',
    /^\/vex$/,
    false,
    (ports, _match, request) => {
      const { after, all } = namedOf(request, ['after', 'all']);
      return vexPage(ports.table, { after, all: yesOf('all', all) });
    },
  ],
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

/** Where a list goes on that is asked for nothing else. */
const afterOf = (request: ApiRequest): string | undefined => namedOf(request, ['after']).after;

/** What is known of an id beside findings: the CVE List's entry, and what was withdrawn under it. */
async function knownOf(book: ApiPorts['book'], id: string): Promise<unknown> {
  const cve = (await book.cves())?.lookup(id.toUpperCase());
  return { id, ...(cve === undefined ? {} : { cve }), withdrawn: await book.withdrawn(id) };
}
