import { createHash } from 'node:crypto';
import { makeMapWorkloads } from '#functions/map-workloads';
import { makeRefreshAdvisories } from '#functions/refresh-advisories';
import { makeRematch } from '#functions/rematch';
import { advisoryBook } from '#shared/advisories';
import { keepWorkload, listProblems, scanImage } from '#shared/findings';
import { memoryOrchestrator } from '#shared/fleet';
import { buildImage, buildLayer, type Digest } from '#shared/oci';
import { batch, envelope, listening } from '../../functions/envelopes.ts';
import { workload, world } from './world.ts';

/** A record of Debian in its usual shape; without a fix where that is ''. */
export const debianRecord = (
  id: string,
  release: string,
  name: string,
  fixed: string,
  cve: string,
  more: object = {},
): object => ({
  id,
  modified: '2024-01-01T00:00:00Z',
  upstream: [cve],
  affected: [
    {
      package: { ecosystem: `Debian:${release}`, name },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, ...(fixed === '' ? [] : [{ fixed }])] }],
    },
  ],
  ...more,
});

export const scored = (vector: string): object => ({ severity: [{ type: 'CVSS_V3', score: vector }] });
export const high = scored('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N');
export const critical = scored('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H');
/** A record that touches nothing: releases without any cannot be judged. */
export const other = (release: string): object =>
  debianRecord('DSA-1-1', release, 'nothing-has-this', '1', 'CVE-2000-0001');

const ecosystems = ['Debian'];

/** An image of Debian that holds these packages. */
export const debian = (release: string, packages: Readonly<Record<string, string>>) =>
  buildImage({
    layers: [
      buildLayer([
        { path: 'etc/os-release', content: `ID=debian\nVERSION_ID="${release}"\n` },
        {
          path: 'var/lib/dpkg/status',
          content: Object.entries(packages)
            .map(
              ([name, version]) =>
                `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\nDescription: x\n`,
            )
            .join('\n'),
        },
      ]),
    ],
    config: { architecture: 'amd64' },
  });

/**
 * Services on images, and advisories that come one after the other, through the functions as they hand on to each other: advisories, re-match, workloads,
 * problems. What is published returns what people hear of it: `CVE-… TRANSITION`.
 */
export async function story(services: Readonly<Record<string, ReturnType<typeof debian>>>, baseline = false) {
  const made = world({ records: [] });
  const { table, blobs } = made;
  const heard = listening();
  const told: string[] = [];
  let records: readonly object[] = [];
  let exploited: readonly string[] = [];
  let reads = 0;
  const ports = {
    ...made.ports,
    ...heard,
    book: advisoryBook({ table, blobs }, { maxAge: 0 }),
    baseline: async () => baseline,
    tell: async ({ problem, transitions }: Parameters<typeof made.ports.tell>[0]) => {
      for (const { transition } of transitions)
        told.push(`${problem.vulnerability} ${transition}${problem.baseline ? ' (baseline)' : ''}`);
    },
    open: async (reference: Parameters<typeof made.ports.open>[0]) => {
      reads += 1;
      return made.ports.open(reference);
    },
  };
  const stamp = () =>
    createHash('sha256')
      .update(JSON.stringify([records, exploited]))
      .digest('hex');
  const refresh = makeRefreshAdvisories({
    ...heard,
    request: {
      table,
      blobs,
      now: ports.now,
      source: {
        describe: 'the story',
        ecosystems: async () => ecosystems,
        modified: async () => stamp(),
        async *records() {
          for (const [at, record] of records.entries())
            yield { id: String(at), bytes: Buffer.from(JSON.stringify(record)) };
        },
      },
      kev: {
        describe: 'the catalogue',
        read: async () =>
          Buffer.from(
            JSON.stringify({
              catalogVersion: '1',
              dateReleased: '2026-08-07T00:00:00Z',
              count: exploited.length + 1,
              vulnerabilities: ['CVE-1999-0001', ...exploited].map((cveID) => ({
                cveID,
                dateAdded: '2022-01-28',
                knownRansomwareCampaignUse: 'Unknown',
              })),
            }),
          ),
      },
    },
  });
  const functions: Readonly<Record<string, (event: ReturnType<typeof batch>) => Promise<unknown>>> = {
    AdvisoriesChanged: makeRematch(ports),
    WorkloadsTouched: makeMapWorkloads({ ...ports, orchestrator: memoryOrchestrator({ now: () => 0 }) }),
    ExploitedChanged: makeMapWorkloads({ ...ports, orchestrator: memoryOrchestrator({ now: () => 0 }) }),
  };
  /** New advisories, and all that follows from them until nothing is handed on. */
  const publish = async (next: readonly object[], cves: readonly string[] = exploited) => {
    records = next;
    exploited = cves;
    told.length = 0;
    await refresh(batch(envelope('AdvisoriesWanted', { ecosystems })));
    for (let event = heard.emitted.shift(); event !== undefined; event = heard.emitted.shift())
      await functions[event.type]?.(batch(envelope(event.type, event.detail)));
    return [...told].sort();
  };
  /** Looks at workloads that were kept, as the fleet's events do. */
  const look = async (ids: readonly string[]) => {
    for (let at = 0; at < ids.length; at += 200)
      await functions.WorkloadsTouched?.(batch(envelope('WorkloadsTouched', { workloads: ids.slice(at, at + 200) })));
  };
  const digests = new Map<string, Digest>();
  await publish([other('7'), other('12')]);
  for (const [name, image] of Object.entries(services)) {
    const digest = made.push(name, '1', image);
    digests.set(name, digest);
    await scanImage(ports, { registry: 'registry.test', repository: name, tag: '1' });
    await keepWorkload(table, workload(name, `registry.test/${name}:1`, digest, ports.now().toISOString()));
    await look([`1/local/demo/${name}`]);
  }
  const open = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const problem of listProblems(table))
      if (problem.state === 'open')
        found.push(
          `${problem.vulnerability} ${problem.workloads.map((id) => id.split('/').at(-1)).join(',')}${problem.fixedIn === undefined ? '' : ` -> ${problem.fixedIn}`}`,
        );
    return found.sort();
  };
  return { ...made, digests, publish, look, open, reads: () => reads };
}
