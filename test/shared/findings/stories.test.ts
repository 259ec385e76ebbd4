import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeMapWorkloads } from '#functions/map-workloads';
import { makeRefreshAdvisories } from '#functions/refresh-advisories';
import { makeRematch } from '#functions/rematch';
import { advisoryBook } from '#shared/advisories';
import { keepWorkload, listProblems, readImageHead, scanImage } from '#shared/findings';
import { memoryOrchestrator } from '#shared/fleet';
import { buildImage, buildLayer, type Digest } from '#shared/oci';
import { batch, envelope, listening } from '../../functions/envelopes.ts';
import { workload, world } from './world.ts';

// Well-known cases as they came over time, through the functions as they hand on to each other: advisories, re-match, workloads, problems.

const debianRecord = (
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

const scored = (vector: string): object => ({ severity: [{ type: 'CVSS_V3', score: vector }] });
const high = scored('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N');
const critical = scored('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H');
const other = (release: string): object => debianRecord('DSA-1-1', release, 'nothing-has-this', '1', 'CVE-2000-0001');

/** An image of Debian that holds these packages. */
const debian = (release: string, packages: Readonly<Record<string, string>>) =>
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

/** Services on images, and advisories that come one after the other; `told` is what people hear: `CVE-… TRANSITION`. */
async function story(services: Readonly<Record<string, ReturnType<typeof debian>>>, baseline = false) {
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
        ecosystems: async () => ['Debian'],
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
    await refresh(batch(envelope('AdvisoriesWanted', { ecosystems: ['Debian'] })));
    for (let event = heard.emitted.shift(); event !== undefined; event = heard.emitted.shift())
      await functions[event.type]?.(batch(envelope(event.type, event.detail)));
    return [...told].sort();
  };
  const digests = new Map<string, Digest>();
  await publish([other('7'), other('12')]);
  for (const [name, image] of Object.entries(services)) {
    const digest = made.push(name, '1', image);
    digests.set(name, digest);
    await scanImage(ports, { registry: 'registry.test', repository: name, tag: '1' });
    await keepWorkload(table, workload(name, `registry.test/${name}:1`, digest, ports.now().toISOString()));
    await functions.WorkloadsTouched?.(batch(envelope('WorkloadsTouched', { workloads: [`1/local/demo/${name}`] })));
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
  return { ...made, digests, publish, open, reads: () => reads };
}

describe('a well-known case', () => {
  it('Shellshock: the first fix was incomplete; what has it is clean of the first flaw and open to the second', async () => {
    const first = debianRecord('DSA-3032-1', '7', 'bash', '4.2+dfsg-0.1+deb7u1', 'CVE-2014-6271', high);
    const second = debianRecord('DSA-3035-1', '7', 'bash', '4.2+dfsg-0.1+deb7u3', 'CVE-2014-7169', high);
    const made = await story({
      old: debian('7', { bash: '4.2+dfsg-0.1' }),
      incomplete: debian('7', { bash: '4.2+dfsg-0.1+deb7u1' }),
      fixed: debian('7', { bash: '4.2+dfsg-0.1+deb7u3' }),
    });
    expect(await made.publish([other('7'), other('12'), first])).toEqual(['CVE-2014-6271 NEW']);
    expect(await made.open()).toEqual(['CVE-2014-6271 old -> 4.2+dfsg-0.1+deb7u1']);
    expect(await made.publish([other('7'), other('12'), first, second])).toEqual(['CVE-2014-7169 NEW']);
    expect(await made.open()).toEqual([
      'CVE-2014-6271 old -> 4.2+dfsg-0.1+deb7u1',
      'CVE-2014-7169 incomplete,old -> 4.2+dfsg-0.1+deb7u3',
    ]);
  });

  it('curl of bookworm: a backport that the upstream version hides', async () => {
    const made = await story({
      old: debian('12', { curl: '7.88.1-10+deb12u3' }),
      backported: debian('12', { curl: '7.88.1-10+deb12u4' }),
    });
    const record = debianRecord('DSA-5523-1', '12', 'curl', '7.88.1-10+deb12u4', 'CVE-2023-38545', critical);
    expect(await made.publish([other('7'), other('12'), record])).toEqual(['CVE-2023-38545 NEW']);
    expect(await made.open()).toEqual(['CVE-2023-38545 old -> 7.88.1-10+deb12u4']);
  });

  it('xz of bookworm: what only a later release ever shipped is no finding', async () => {
    const made = await story({ bookworm: debian('12', { 'xz-utils': '5.4.1-0.2' }) });
    const trixie = debianRecord('DSA-5649-1', '13', 'xz-utils', '5.6.1+really5.4.5-1', 'CVE-2024-3094', critical);
    expect(await made.publish([other('7'), other('12'), trixie])).toEqual([]);
    expect(await made.open()).toEqual([]);
  });

  it('exploitation becomes known later: the problem escalates, and no image is read again', async () => {
    const record = debianRecord('DSA-3032-1', '7', 'bash', '4.2+dfsg-0.1+deb7u1', 'CVE-2014-6271', high);
    const made = await story({ old: debian('7', { bash: '4.2+dfsg-0.1' }) });
    await made.publish([other('7'), other('12'), record]);
    const before = await readImageHead(made.table, made.digests.get('old')!);
    const reads = made.reads();
    expect(await made.publish([other('7'), other('12'), record], ['CVE-2014-6271'])).toEqual([
      'CVE-2014-6271 ESCALATED',
    ]);
    expect(await made.publish([other('7'), other('12'), record], ['CVE-2014-6271'])).toEqual([]);
    expect(await readImageHead(made.table, made.digests.get('old')!)).toEqual(before);
    expect(made.reads()).toBe(reads);
  });
});

describe('what people care about of a change of advisories', () => {
  const bash = (fixed: string, score: object) => debianRecord('DSA-3032-1', '7', 'bash', fixed, 'CVE-2014-6271', score);
  const rest = [other('7'), other('12')];
  const one = () => story({ old: debian('7', { bash: '4.2+dfsg-0.1' }) });

  it('is told once each: new, a fix, a higher severity, withdrawn; a lower severity and another date are not', async () => {
    const made = await one();
    expect(await made.publish([...rest, bash('', high)])).toEqual(['CVE-2014-6271 NEW']);
    expect(await made.publish([...rest, bash('4.2+dfsg-0.1+deb7u1', high)])).toEqual(['CVE-2014-6271 FIX_AVAILABLE']);
    expect(await made.publish([...rest, bash('4.2+dfsg-0.1+deb7u1', critical)])).toEqual(['CVE-2014-6271 ESCALATED']);
    expect(await made.publish([...rest, bash('4.2+dfsg-0.1+deb7u1', high)])).toEqual([]);
    const dated = { ...bash('4.2+dfsg-0.1+deb7u1', high), modified: '2025-05-05T00:00:00Z' };
    expect(await made.publish([...rest, dated])).toEqual([]);
    expect(await made.publish([...rest, { ...dated, withdrawn: '2026-01-01T00:00:00Z' }])).toEqual([
      'CVE-2014-6271 WITHDRAWN',
    ]);
    expect(await made.open()).toEqual([]);
  });

  it('is part of the baseline, and no news, while the first look goes on', async () => {
    const made = await story({ old: debian('7', { bash: '4.2+dfsg-0.1' }) }, true);
    expect(await made.publish([...rest, bash('', high)])).toEqual(['CVE-2014-6271 NEW (baseline)']);
  });
});

describe('feeds with known defects', () => {
  const bash = debianRecord('DSA-3032-1', '7', 'bash', '4.2+dfsg-0.1+deb7u1', 'CVE-2014-6271', high);

  it('keep a generation whole: dates of the future, no dates, names of no ecosystem, rows copied everywhere', async () => {
    const made = await story({ old: debian('7', { bash: '4.2+dfsg-0.1' }) });
    const copied = {
      ...debianRecord('DSA-3032-1', '7', 'bash', '4.2+dfsg-0.1+deb7u1', 'CVE-2014-6271', high),
      affected: ['Debian:7', 'Debian:7', 'Debian:8', 'Debian:12', 'Wrong Name:7', 'debian:7'].map((ecosystem) => ({
        package: { ecosystem, name: 'bash' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '4.2+dfsg-0.1+deb7u1' }] }],
      })),
    };
    const odd = [
      { ...debianRecord('DSA-9001-1', '7', 'bash', '0.1', 'CVE-2031-0001'), modified: '2031-07-09T00:00:00Z' },
      { ...debianRecord('DSA-9002-1', '7', 'bash', '0.1', 'CVE-2001-0001'), modified: '0001-01-01T00:00:00Z' },
      { ...debianRecord('DSA-9003-1', '7', 'bash', '0.1', 'CVE-2001-0002'), modified: 'yesterday' },
    ];
    expect(await made.publish([other('7'), other('12'), ...odd, copied])).toEqual(['CVE-2014-6271 NEW']);
    expect(await made.open()).toEqual(['CVE-2014-6271 old -> 4.2+dfsg-0.1+deb7u1']);
    const { shards } = await advisoryBook(made, { maxAge: 0 }).manifest();
    expect(Object.keys(shards).sort()).toEqual(['Debian:12', 'Debian:7', 'Debian:8']);
    // and what comes after the record of the future is still taken
    expect(await made.publish([other('7'), other('12'), ...odd])).toEqual(['CVE-2014-6271 WITHDRAWN']);
    expect(await made.publish([other('7'), other('12'), ...odd, bash])).toEqual(['CVE-2014-6271 REOPENED']);
  });
});
