import {
  findingsOfImage,
  keepWorkload,
  readImageHead,
  readInventoryOf,
  readJudgements,
  scanImage,
} from '#shared/findings';
import { extractorsVersion, matchName, matchVersion, shardName } from '#shared/inventory';
import { type BuiltImage, buildImage, type Digest } from '#shared/oci';
import { type Item, type Key, keys, memoryBlobs, memoryTable, type Table } from '#shared/store';
import type { ForgetPolicy, ListedImage, SweepPolicy, SweepPorts } from '#shared/sweep';
import { readPackageSet } from '../../../shared/findings/package-sets.ts';
import { seeded } from '../../faults/seeded.ts';
import { faultyTable } from '../../faults/table.ts';
import { heartbleed, shellshock, workload, world } from '../findings/world.ts';
import { layerOf, stanza } from '../inventory/images.ts';
import { listedRegistry, readsAll, sweepWhole } from './listed-registry.ts';

const base = layerOf({
  'etc/os-release': 'ID=debian\nVERSION_ID="7"\n',
  'var/lib/dpkg/status': `${stanza('openssl', '1.0.1e-2')}${stanza('bash', '4.2')}`,
});

/** An image on the base that all of them share, with one npm package of its own. */
export const imageOf = (name: string, architecture = 'amd64'): BuiltImage =>
  buildImage({
    layers: [base, layerOf({ [`app/node_modules/${name}/package.json`]: JSON.stringify({ name, version: '1.0.0' }) })],
    config: { architecture },
  });

const dayMs = 24 * 60 * 60_000;
const registry = 'registry.test';

/** A registry, a store and their sweep, by one clock that is put on by hand. */
export function sweptWorld(options: { readonly table?: Table } = {}) {
  const table = options.table ?? memoryTable();
  let time = Date.parse('2026-01-01T00:00:00Z');
  // no two askings are at one time: what is written twice differs
  const now = (): Date => {
    time += 1;
    return new Date(time);
  };
  const blobs = memoryBlobs(now);
  const made = world({ records: [heartbleed, shellshock], table, blobs });
  const ports = { ...made.ports, now };
  const listed: ListedImage[] = [];
  const state: { policy: SweepPolicy & ForgetPolicy } = {
    policy: { ...readsAll, images: 'running', forget: true, keepDays: 30 },
  };
  const wanted: ListedImage[] = [];
  const portsOn = (on: Table): SweepPorts => ({
    table: on,
    blobs,
    catalogue: listedRegistry(listed),
    policy: async () => state.policy,
    extractors: extractorsVersion,
    now,
    want: async ({ image }) => void wanted.push(image),
  });
  const oneNight = () => {
    time += dayMs;
    return sweepWhole(portsOn(table));
  };
  return {
    ...made,
    ports,
    listed,
    state,
    wanted,
    now,
    portsOn,
    wait: (days: number): void => {
      time += days * dayMs;
    },
    /** the registry has it, under a tag */
    push: (repository: string, tag: string, image: BuiltImage): Digest => {
      const digest = made.push(repository, tag, image);
      listed.push({ registry, repository, digest, tags: [tag] });
      return digest;
    },
    /** its tag goes, or all of it */
    untag: (digest: Digest): void => {
      for (const [at, image] of listed.entries()) if (image.digest === digest) listed[at] = { ...image, tags: [] };
    },
    scan: (repository: string, tag: string, on: Table = table) =>
      scanImage({ ...ports, table: on }, { registry, repository, tag }),
    run: (name: string, repository: string, digest: Digest | undefined) =>
      keepWorkload(table, workload(name, `${registry}/${repository}:1`, digest, now().toISOString())),
    sweep: (on: Table = table) => sweepWhole(portsOn(on)),
    nights: async (count: number): Promise<void> => {
      for (let night = 0; night < count; night += 1) await oneNight();
    },
    /** sweeps night after night, for each takes away what the one before made an orphan, until a night has nothing left to do */
    settle: async (): Promise<void> => {
      for (let night = 0; night < 20; night += 1) {
        const { orphans, facts, blobs: gone, forgotten } = await oneNight();
        if (night > 1 && orphans + facts + gone + forgotten === 0) return;
      }
      throw new Error('the sweep does not come to rest');
    },
  };
}

export type SweptWorld = ReturnType<typeof sweptWorld>;

/** The keys of everything that is stored, but for the sweep's own rows and for facts of layers, which age by themselves. */
export async function keysIn(table: Table): Promise<string[]> {
  const found: string[] = [];
  for await (const { pk, sk } of table.scan()) if (!/^(SWEEP|B#)/.test(pk)) found.push(`${pk} / ${sk}`);
  return found.sort();
}

/** A batch as the service may do it: item by item, in an order that depends on the seed only. */
function oneByOne(table: Table, seed: number): Table {
  const random = seeded(seed);
  return {
    ...table,
    batchWrite: async (puts, deletes = []) => {
      const steps = [
        ...puts.map((item) => () => table.put(item)),
        ...deletes.map((key) => () => table.delete(key)),
      ].map((step) => ({ step, turn: random() }));
      for (const { step } of steps.sort((a, b) => a.turn - b.turn)) await step();
    },
  };
}

/** Dies before its n-th write, and with all writes after it. */
export const dyingAt = (table: Table, at: number): Table => oneByOne(stoppedAt(table, at), at);

const stoppedAt = (table: Table, at: number): Table =>
  faultyTable(table, {
    seed: 1,
    beforeWrite: (write) => {
      if (write >= at) throw new Error('the function was stopped');
    },
  });

/** Does something else before the n-th write; `raced` says whether there was such a write. */
export function racingAt(
  table: Table,
  at: number,
  race: () => Promise<unknown>,
): Table & { readonly raced: () => boolean } {
  let writes = 0;
  let raced = false;
  const next = async (): Promise<void> => {
    writes += 1;
    if (writes - 1 !== at) return;
    raced = true;
    await race();
  };
  const racing: Table = {
    ...table,
    put: async (item, condition) => {
      await next();
      return table.put(item, condition);
    },
    delete: async (key, condition) => {
      await next();
      return table.delete(key, condition);
    },
  };
  return { ...oneByOne(racing, at), raced: () => raced };
}

/** Whether it came to its end. */
export const ends = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

/** What is missing or about to go of an image that should be known whole: what its findings, its re-matches and its repairs rest on. */
export async function missingOf(
  { table, ports }: SweptWorld,
  digest: Digest,
  repository: string,
): Promise<readonly string[]> {
  const head = await readImageHead(table, digest, { consistent: true });
  if (head === undefined) return ['its head'];
  const missing: string[] = [];
  const want = async (what: string, key: Key): Promise<Item | undefined> => {
    const row = await table.get(key, { consistent: true });
    if (row === undefined || row.leaving !== undefined) missing.push(what);
    return row;
  };
  await want('its place', keys.repositoryImage(registry, repository, digest));
  await want('the mirror of its place', keys.imageRepository(digest, registry, repository));
  if ((await readInventoryOf(ports.blobs, head)) === undefined) missing.push('its inventory');
  for (const set of head.sets) {
    await want(`the head of set ${set}`, keys.set(set));
    await want(`the edge from set ${set}`, keys.setImage(set, digest));
    const packages = await readPackageSet(ports.blobs, set);
    for (const key of packages)
      await want(`the edge from ${key.name}`, keys.packageEdge(shardName(key), matchName(key), matchVersion(key), set));
    const judged = await readJudgements(ports, packages);
    if (judged.length !== packages.length) missing.push(`judgements of set ${set}`);
  }
  const { findings } = await findingsOfImage(ports, head);
  const ids = findings.map(({ vulnerability }) => vulnerability).sort();
  if (ids.join() !== 'CVE-2014-0160,CVE-2014-6271') missing.push(`findings: there are ${ids.join()}`);
  return missing;
}
