import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AdvisoryBook,
  type AdvisorySource,
  advisoryBook,
  changesSince,
  type MatchRecord,
  refreshAdvisories,
  type ShardChange,
} from '#shared/advisories';
import {
  judgeKeys,
  keepWorkload,
  listProblems,
  type ReconcilePorts,
  readExposures,
  readJudgements,
  reconcileWorkloads,
  rematch,
} from '#shared/findings';
import { type PackageKey, packageKeyId } from '#shared/inventory';
import { judge } from '#shared/judging';
import type { Digest } from '#shared/oci';
import { memoryBlobs, memoryTable } from '#shared/store';
import { writeImageHead } from '../../../shared/findings/image-head.ts';
import { writePackageSets } from '../../../shared/findings/package-sets.ts';
import { families, replayed, replayIsThere } from './replayed-source.ts';
import { workload } from './world.ts';

if (!replayIsThere)
  console.warn('SKIPPED: real updates of advisories are not replayed; ../shared/data/refresh is not there');

/** A store that follows one source after another. */
function store() {
  const ports = { table: memoryTable(), blobs: memoryBlobs() };
  const now = () => new Date('2026-09-01T00:00:00Z');
  const domain: ReconcilePorts = {
    ...ports,
    book: advisoryBook(ports, { maxAge: 0 }),
    now,
    accept: () => undefined,
    baseline: async () => false,
    tell: async () => undefined,
  };
  const take = async (source: AdvisorySource, ecosystems: readonly string[]) => {
    const result = await refreshAdvisories({ ...ports, source, ecosystems, now });
    expect(result.refused).toEqual([]);
    return result;
  };
  return { ...ports, domain, take };
}

/** Versions at which the records of a name may decide otherwise: all that they name, and one before and behind all of them. */
function versionsIn(records: readonly MatchRecord[]): string[] {
  const found = new Set(['0', '99999:0']);
  for (const { affected } of records)
    for (const { ranges, versions } of affected) {
      for (const version of versions) found.add(version);
      for (const { events } of ranges) for (const event of events) for (const at of Object.values(event)) found.add(at);
    }
  return [...found];
}

/** Package keys of a name: every version that its records tell apart, with the module streams that they may ask for. */
function keysOf(shard: string, name: string, records: readonly MatchRecord[]): PackageKey[] {
  const colon = shard.indexOf(':');
  const base = { ecosystem: shard.slice(0, colon), release: shard.slice(colon + 1), name, architecture: 'x86_64' };
  const versions = versionsIn(records);
  if (!versions.some((version) => version.includes('.module_el')))
    return versions.map((version) => ({ ...base, version }));
  const modules = new Set(records.flatMap(({ summary }) => summary?.match(/[a-z][\w.+-]*:[\w.+-]+/g) ?? []));
  return [...versions, '0-1.module_el8.0.0+1'].flatMap((version) => [
    { ...base, version },
    ...[...modules].map((module) => ({ ...base, version, module })),
  ]);
}

const findingsText = (key: PackageKey, shard: string, records: readonly MatchRecord[]): string =>
  JSON.stringify(judge(key, records, { shard, generation: 0 }).findings);

/** By brute force: the names of which some version is judged differently by two books. */
async function judgedDifferently(before: AdvisoryBook, after: AdvisoryBook): Promise<Set<string>> {
  const differ = new Set<string>();
  const shards = new Set([
    ...Object.keys((await before.manifest()).shards),
    ...Object.keys((await after.manifest()).shards),
  ]);
  for (const shard of shards) {
    const [old, fresh] = [await before.shard(shard), await after.shard(shard)];
    for (const name of new Set([...(old?.names() ?? []), ...(fresh?.names() ?? [])])) {
      const [was, is] = [old?.lookup(name) ?? [], fresh?.lookup(name) ?? []];
      // the judge sees nothing else than these records
      if (JSON.stringify(was) === JSON.stringify(is)) continue;
      const all = keysOf(shard, name, [...was, ...is]);
      if (all.some((key) => findingsText(key, shard, was) !== findingsText(key, shard, is)))
        differ.add(`${shard} ${name}`);
    }
  }
  return differ;
}

const listed = (changes: readonly ShardChange[]): string[] =>
  changes.flatMap(({ shard, names }) => names.map((name) => `${shard} ${name}`));

/** Some packages of every shard, in the versions that the newest records tell apart: half of them of names that the updates change. */
async function somePackages(book: AdvisoryBook, changed: ReadonlySet<string>): Promise<PackageKey[]> {
  const chosen: PackageKey[] = [];
  for (const shard of Object.keys((await book.manifest()).shards)) {
    const opened = await book.shard(shard);
    const names = [...(opened?.names() ?? [])];
    const touched = names.filter((name) => changed.has(`${shard} ${name}`)).slice(0, 25);
    for (const name of new Set([...touched, ...names.slice(0, 10)]))
      chosen.push(...keysOf(shard, name, opened?.lookup(name) ?? []).slice(0, 8));
  }
  return chosen;
}

const digest = (at: number): Digest => `sha256:${String(at).padStart(64, '0')}` as Digest;

/** Puts the packages into images of three sets each, and a service on each. */
async function settle(domain: ReconcilePorts, packages: readonly PackageKey[]): Promise<string[]> {
  const ids: string[] = [];
  const size = Math.ceil(packages.length / 12);
  for (let at = 0; at < 12; at += 1) {
    const keys = packages.slice(at * size, (at + 1) * size);
    const sets = [0, 1, 2].map((part) => ({
      id: `set-${at}-${part}`,
      layer: digest(at),
      keys: keys.filter((_, index) => index % 3 === part),
    }));
    await writePackageSets(domain.table, domain.blobs, sets, digest(at), domain.now());
    await judgeKeys(domain, keys);
    await writeImageHead(domain.table, {
      digest: digest(at),
      sets: sets.map(({ id }) => id),
      coverage: { state: 'scanned', reasons: [] },
      inventory: `inventories/${at}`,
      extractors: 'x',
      readAt: '2026-09-01T00:00:00.000Z',
      platform: 'linux/amd64',
      packages: keys.length,
      bytes: 1,
      layers: [digest(at)],
    });
    const each = workload(`service-${at}`, `registry.test/service-${at}:1`, digest(at), '2026-09-01T00:00:00.000Z');
    await keepWorkload(domain.table, each);
    ids.push(each.id);
  }
  await reconcileWorkloads(domain, ids);
  return ids;
}

/** What readers see of a store, apart from how it came to be: judgements, and the problems that are open with their exposures. */
async function face(domain: ReconcilePorts, packages: readonly PackageKey[]): Promise<unknown> {
  const judgements = (await readJudgements(domain, packages))
    .map(({ key, findings }) => [packageKeyId(key), findings] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const problems: unknown[] = [];
  for await (const problem of listProblems(domain.table)) {
    if (problem.state === 'resolved') continue;
    const {
      history: _,
      rev: _rev,
      firstSeen: _seen,
      baseline: _first,
      resolvedAt: _then,
      was: _was,
      ...rest
    } = problem;
    const exposures = (await readExposures(domain.table, problem.key)).map(({ since: _since, ...each }) => each);
    problems.push({ ...rest, exposures });
  }
  return { judgements, problems };
}

describe.skipIf(!replayIsThere).each(Object.keys(families) as (keyof typeof families)[])(
  'the updates of %s',
  (family) => {
    const ecosystems = families[family].filter((name) => !name.startsWith('['));
    let sources: readonly AdvisorySource[];
    let changedByStep: { readonly told: readonly ShardChange[]; readonly brute: ReadonlySet<string> }[];

    beforeAll(async () => {
      sources = await replayed(family);
      changedByStep = [];
      const following = store();
      for (const [at, source] of sources.entries()) {
        const { generation } = await following.take(source, ecosystems);
        if (at === 0) continue;
        const earlier = store();
        await earlier.take(sources[at - 1]!, ecosystems);
        changedByStep.push({
          told: (await changesSince(following, generation - 1)).changes,
          brute: await judgedDifferently(earlier.domain.book, following.domain.book),
        });
      }
    });

    it('name always all that can be judged differently, and at most a tenth too many', () => {
      for (const { told, brute } of changedByStep) {
        const names = new Set(listed(told));
        expect([...brute].filter((name) => !names.has(name))).toEqual([]);
        expect(brute.size).toBeGreaterThan(0);
        expect(
          names.size,
          [...names]
            .filter((name) => !brute.has(name))
            .slice(0, 20)
            .join(', '),
        ).toBeLessThanOrEqual(brute.size * 1.1);
      }
    });

    it('leave after each step the store that is built from nothing at that step, apart from history', async () => {
      const changed = new Set(changedByStep.flatMap(({ brute }) => [...brute]));
      const newest = store();
      await newest.take(sources.at(-1)!, ecosystems);
      const packages = await somePackages(newest.domain.book, changed);
      const following = store();
      await following.take(sources[0]!, ecosystems);
      await settle(following.domain, packages);
      let touched = 0;
      for (const source of sources.slice(1)) {
        const { generation } = await following.take(source, ecosystems);
        const { changes } = await changesSince(following, generation - 1);
        const { workloads } = await rematch(following.domain, changes, generation - 1);
        touched += workloads.length;
        await reconcileWorkloads(following.domain, workloads);

        const anew = store();
        await anew.take(source, ecosystems);
        await settle(anew.domain, packages);
        expect((await following.domain.book.manifest()).shards).toEqual((await anew.domain.book.manifest()).shards);
        expect(await face(following.domain, packages)).toEqual(await face(anew.domain, packages));
      }
      expect(touched).toBeGreaterThan(0);
    });
  },
);
