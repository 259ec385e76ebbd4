import { type AdvisoryBook, type CveEntry, memoryBook, parseOsv } from '#shared/advisories';
import { keepWorkload, type ProblemChange, type ReconcilePorts, scanImage, unreconciled } from '#shared/findings';
import type { Workload } from '#shared/fleet';
import { type BuiltImage, type Digest, type ImageReference, type ImageSource, NotFound } from '#shared/oci';
import { type Blobs, memoryBlobs, memoryTable, type Table } from '#shared/store';

/** An OSV record of Debian 7 in its usual shape. */
export const dsa = (
  id: string,
  name: string,
  fixed: string,
  upstream: readonly string[],
  more: object = {},
): object => ({
  id,
  modified: '2014-09-25T00:00:00Z',
  upstream,
  affected: [
    {
      package: { ecosystem: 'Debian:7', name },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
    },
  ],
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N' }],
  ...more,
});

export const heartbleed = dsa('DSA-2896-1', 'openssl', '1.0.1e-2+deb7u5', ['CVE-2014-0160']);
export const shellshock = dsa('DSA-3032-1', 'bash', '4.2+dfsg-0.1+deb7u1', ['CVE-2014-6271']);

/** A book whose pages can be exchanged while it is read: each exchange is the next generation. */
export function turningBook(
  records: readonly object[],
): AdvisoryBook & { turn(records: readonly object[], cves?: readonly CveEntry[]): void } {
  const bookOf = (given: readonly object[], cves?: readonly CveEntry[]) =>
    memoryBook(
      given.map((record) => parseOsv(JSON.stringify(record))),
      [],
      new Map(),
      cves,
    );
  let generation = 1;
  let inner = bookOf(records);
  return {
    turn(next, cves) {
      generation += 1;
      inner = bookOf(next, cves);
    },
    manifest: async () => ({ ...(await inner.manifest()), generation }),
    shard: (name) => inner.shard(name),
    kev: (cve) => inner.kev(cve),
    epss: (cve) => inner.epss(cve),
    cves: () => inner.cves(),
    endOfLife: () => inner.endOfLife(),
    withdrawn: (id) => inner.withdrawn(id),
  };
}

/** One small world in memory: a registry of built images, a store, a book, and the ports on them. */
export function world(options: {
  readonly records: readonly object[];
  readonly table?: Table;
  readonly blobs?: Blobs;
}) {
  const table = options.table ?? memoryTable();
  const blobs = options.blobs ?? memoryBlobs();
  const book = turningBook(options.records);
  const images = new Map<string, BuiltImage>();
  const told: ProblemChange[] = [];
  let clock = Date.parse('2026-01-01T00:00:00Z');
  const now = () => {
    clock += 1_000;
    return new Date(clock);
  };
  const open = async (reference: ImageReference): Promise<ImageSource> => {
    const image = images.get(reference.digest ?? `${reference.repository}:${reference.tag}`);
    if (image === undefined) throw new NotFound(reference.repository, 'there is no such image', 'push it');
    return image.source;
  };
  const ports: ReconcilePorts & { readonly open: typeof open } = {
    table,
    blobs,
    book,
    open,
    now,
    accept: () => undefined,
    baseline: async () => false,
    tell: async (change) => {
      told.push(change);
    },
  };
  return {
    table,
    blobs,
    book,
    ports,
    told,
    push: (repository: string, tag: string, image: BuiltImage): Digest => {
      images.set(`${repository}:${tag}`, image);
      images.set(image.descriptor.digest, image);
      return image.descriptor.digest;
    },
    scan: (repository: string, tag: string) => scanImage(ports, { registry: 'registry.test', repository, tag }),
    run: (name: string, repository: string, digest: Digest | undefined) =>
      keepWorkload(table, workload(name, `registry.test/${repository}:1`, digest, now().toISOString())),
  };
}

export const workload = (name: string, image: string, digest: Digest | undefined, readAt: string): Workload => ({
  id: `1/local/demo/${name}`,
  kind: 'ecs-service',
  account: '1',
  region: 'local',
  cluster: 'demo',
  name,
  definition: `arn:aws:ecs:local:1:task-definition/${name}:1`,
  containers: [{ name: 'app', image, ...(digest === undefined ? {} : { digest }) }],
  runningDigests: digest === undefined ? [] : [digest],
  desired: digest === undefined ? 0 : 1,
  running: digest === undefined ? 0 : 1,
  deployment: { id: 'ecs-svc/1', state: 'completed', definition: 'x:1', count: 1 },
  tags: {},
  readAt,
});

/** Every item of a memory table, without write tokens and times: what two ways to the same end must agree in. */
export async function contents(table: Table, partitions: readonly string[]): Promise<unknown[]> {
  const items: unknown[] = [];
  for (const pk of partitions) for await (const item of table.query({ pk, consistent: true })) items.push(item);
  return items;
}

/** Whether the problems of one workload are true for what it runs. */
export const isReconciled = async (table: Table, workload: Workload, now: Date, catalogues?: string) =>
  (await unreconciled(table, [workload], now, catalogues)).length === 0;
