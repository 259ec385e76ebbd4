import { type AdvisorySource, advisoryBook, refreshAdvisories } from '#shared/advisories';
import { judgeKeys, keepWorkload, type ReconcilePorts } from '#shared/findings';
import { type PackageKey, packageKeyId } from '#shared/inventory';
import type { Blobs, Table } from '#shared/store';
import { writeImageHead } from '../../../shared/findings/image-head.ts';
import { writePackageSets } from '../../../shared/findings/package-sets.ts';
import { appSet, digestOf, osSet, type Shape, service, setsOf } from './fleet.ts';

/** Advisories that are replaced as the bench goes on, published through the real refresh. */
export function publisher(ports: { readonly table: Table; readonly blobs: Blobs }) {
  let records: readonly object[] = [];
  let version = 0;
  const ecosystemsOf = (record: object): string => (JSON.stringify(record).includes('"Debian') ? 'Debian' : 'npm');
  const source: AdvisorySource = {
    describe: 'made up',
    ecosystems: async () => ['Debian', 'npm'],
    modified: async () => String(version),
    async *records(ecosystem) {
      for (const [at, record] of records.entries())
        if (ecosystemsOf(record) === ecosystem)
          yield { id: `record-${at}`, bytes: Buffer.from(JSON.stringify(record)) };
    },
  };
  return {
    async publish(next: readonly object[]): Promise<number> {
      records = next;
      version += 1;
      const request = { ...ports, source, ecosystems: ['Debian', 'npm'], now: () => new Date(), acceptAnything: true };
      return (await refreshAdvisories(request)).generation;
    },
  };
}

/** The ports of the domain on a store. */
export const portsOn = (table: Table, blobs: Blobs, tell: ReconcilePorts['tell']): ReconcilePorts => ({
  table,
  blobs,
  book: advisoryBook({ table, blobs }),
  now: () => new Date(),
  accept: () => undefined,
  baseline: async () => false,
  tell,
});

/** Stores all package sets of a shape with their edges, and judges their keys. */
export async function fillSets(ports: ReconcilePorts, shape: Shape): Promise<{ readonly keys: number }> {
  const sets = [
    ...Array.from({ length: shape.osSets }, (_, at) => osSet(at)),
    ...Array.from({ length: shape.appSets }, (_, at) => appSet(at, shape)),
  ];
  const keys = new Map<string, PackageKey>();
  for (let from = 0; from < sets.length; from += 500)
    await writePackageSets(ports.table, ports.blobs, sets.slice(from, from + 500), digestOf(0), ports.now());
  for (const set of sets) for (const key of set.keys) keys.set(packageKeyId(key), key);
  const all = [...keys.values()];
  for (let from = 0; from < all.length; from += 1_000) await judgeKeys(ports, all.slice(from, from + 1_000));
  return { keys: all.length };
}

/** Stores images from one place to another, with the edges from their sets. */
export async function fillImages(ports: ReconcilePorts, shape: Shape, from: number, to: number): Promise<void> {
  const ids = new Map<string, string>();
  const idOf = (kind: 'os' | 'app', at: number): string => {
    const known = ids.get(`${kind}${at}`) ?? (kind === 'os' ? osSet(at) : appSet(at, shape)).id;
    ids.set(`${kind}${at}`, known);
    return known;
  };
  for (let image = from; image < to; image += 1) {
    const [os, one, two] = setsOf(image, shape);
    const sets = [idOf('os', os), idOf('app', one), idOf('app', two)];
    const digest = digestOf(image);
    await writePackageSets(
      ports.table,
      ports.blobs,
      sets.map((id) => ({ id, layer: digest, keys: [] })),
      digest,
      ports.now(),
    );
    await writeImageHead(ports.table, {
      digest,
      sets,
      coverage: { state: 'scanned', reasons: [] },
      inventory: `inventories/${image}`,
      extractors: 'bench',
      readAt: '2026-11-28T00:00:00.000Z',
      platform: 'linux/amd64',
      packages: 225,
      bytes: 80_000_000,
      layers: [digest],
    });
  }
}

/** Stores the services of a shape, as a full read of the fleet would. */
export async function fillServices(ports: ReconcilePorts, shape: Shape): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let at = 0; at < shape.services; at += 1) {
    const workload = service(at);
    await keepWorkload(ports.table, workload);
    ids.push(workload.id);
  }
  return ids;
}
