import { createHash } from 'node:crypto';
import { changesSince, type ShardChange } from '#shared/advisories';
import { judgeKeys, type ReconcilePorts, rematch } from '#shared/findings';
import { matchName, matchVersion, type PackageKey, shardName } from '#shared/inventory';
import { type Blobs, type Item, keys, memoryBlobs, memoryTable, type Table } from '#shared/store';
import { costOf, prices, together, type Work } from './cost.ts';
import { countedBlobs, countedTable, noCounts } from './counted-table.ts';
import { portsOn, publisher } from './fill.ts';
import { debian, npm, record } from './fleet.ts';

const osReleases = 5;
const osNames = 600;
const osVersions = 12;
const languageNames = 18_000;
const languageVersions = 10;
/** Packages of a set that lead to it by an edge; an unchanged night reads none of them, so fewer than images have are stored. */
const edgesOfOsSet = 20;
const edgesOfLanguageSet = 10;

/** A Lambda function of 1,024 MB has this part of a processor. */
const coresOfFunction = 1_024 / 1_769;
const nights = 30;
/** What the sweep of 10,000 images took in a night in which nothing changed when it was measured last (npm run bench -- sweep). */
const measuredSweep: Work = {
  counts: { readUnits: 56_133, writeUnits: 26, blobGets: 0, blobPuts: 32 },
  functionSeconds: 6.1,
  events: 2,
};
/** In a usual night so many names change and so many services have to be looked at again. */
const namesOfNight = 300;
const servicesOfNight = 300;

/**
 * The nightly re-match of 100,000 images with 30,000 sets of distributions and 60,000 of languages: every name that is stored, and a usual night; then the
 * cost of a month. `service` is what one service cost in the loop above.
 */
export async function nightly(scale: number, service: Work): Promise<void> {
  const sets = { os: Math.round(30_000 / scale), language: Math.round(60_000 / scale) };
  say(`\n### the nightly re-match: ${sets.os} sets of distributions, ${sets.language} of languages`);
  const [table, blobs] = [memoryTable(), memoryBlobs()];
  const feed = publisher({ table, blobs });
  const records = [...recordsOfAll()];
  await feed.publish(records);
  const bed = portsOn(table, blobs, async () => undefined);
  const stored = await fill(bed, sets);
  say(`${stored.keys} package keys of ${stored.names} names, ${stored.edges} edges`);

  const whole = await night('every name, nothing changed', table, blobs, stored.changes, stored.generation);
  if (whole.writes > 0) throw new Error(`an unchanged night wrote ${whole.writes} rows`);
  for (let at = 0; at < namesOfNight; at += 1)
    records.push(record(`GHSA-night-${at}`, 'npm', `app-${at * 7}`, at % 3 === 0 ? '1.7.0' : '0.1.0'));
  await feed.publish(records);
  const { changes } = await changesSince({ table, blobs }, stored.generation);
  const usual = await night('a usual night', table, blobs, changes, stored.generation);
  tellCost('every name judged again each night', whole.work, service);
  tellCost('only what changed, as the product does', usual.work, service);
}

async function night(
  title: string,
  table: Table,
  blobs: Blobs,
  changes: readonly ShardChange[],
  since: number,
): Promise<{ readonly writes: number; readonly work: Work }> {
  const counts = noCounts();
  const counted = portsOn(
    countedTable(table, counts, () => 0),
    countedBlobs(blobs, counts, () => 0),
    async () => undefined,
  );
  const cpu = process.cpuUsage();
  const began = performance.now();
  const { judged, differ } = await rematch(counted, changes, since);
  const wall = performance.now() - began;
  const used = process.cpuUsage(cpu);
  const seconds = (used.user + used.system) / 1e6;
  const names = changes.reduce((sum, change) => sum + change.names.length, 0);
  say(
    `${title}: ${names} names, ${judged} keys judged, ${differ} differ; ${(wall / 1_000).toFixed(1)} s, ${seconds.toFixed(1)} s CPU; ` +
      `${counts.calls} calls, ${Math.round(counts.readUnits)} read and ${counts.writeUnits} write units, ${counts.blobGets} blobs [hold: 2 min on one core]`,
  );
  return {
    writes: counts.writes,
    work: { counts, functionSeconds: seconds / coresOfFunction, events: Math.ceil(names / 10_000) },
  };
}

function tellCost(title: string, night: Work, service: Work): void {
  const month = together([nights, night], [nights, measuredSweep], [nights * servicesOfNight, service]);
  const lines = costOf(month);
  const ours = lines.reduce((sum, [, usd]) => sum + usd, 0);
  const theirs = nights * 10_000 * prices.inspectorRescan;
  say(
    `${title}, ${servicesOfNight} services looked at again, and the sweep of 10,000 images, a month: USD ${ours.toFixed(2)} (${lines.map(([what, usd]) => `${what} ${usd.toFixed(3)}`).join(', ')}); ` +
      `Amazon Inspector for 10,000 images: USD ${theirs.toFixed(0)}; ${((ours / theirs) * 100).toFixed(2)} % [hold: 1 %]`,
  );
}

function* recordsOfAll(): Generator<object> {
  for (let release = 0; release < osReleases; release += 1)
    for (let name = 0; name < osNames; name += 1)
      for (let at = 0; at < 3; at += 1)
        yield record(`DSA-${release}${name}-${at}`, `Debian:${11 + release}`, `os-${name}`, `1.${at * 3}-1`);
  for (let name = 0; name < languageNames; name += 4) yield record(`GHSA-app-${name}`, 'npm', `app-${name}`, '1.3.0');
}

async function fill(ports: ReconcilePorts, sets: { readonly os: number; readonly language: number }) {
  const all: PackageKey[] = [];
  for (let release = 0; release < osReleases; release += 1)
    for (let name = 0; name < osNames; name += 1)
      for (let version = 0; version < osVersions; version += 1)
        all.push({ ...debian(`os-${name}`, `1.${version}-1`), release: String(11 + release) });
  const os = all.length;
  for (let name = 0; name < languageNames; name += 1)
    for (let version = 0; version < languageVersions; version += 1) all.push(npm(`app-${name}`, `1.${version}.0`));
  for (let from = 0; from < all.length; from += 1_000) await judgeKeys(ports, all.slice(from, from + 1_000));

  let edges = 0;
  let open: Item[] = [];
  const total = sets.os + sets.language;
  for (let set = 0; set < total; set += 1) {
    const id = createHash('sha256').update(`set ${set}`).digest('hex');
    const [count, from, size] = set < sets.os ? [edgesOfOsSet, 0, os] : [edgesOfLanguageSet, os, all.length - os];
    for (let at = 0; at < count; at += 1) {
      const key = all[from + ((set * 1_009 + at * 7_919) % size)];
      if (key === undefined) continue;
      open.push({ ...keys.packageEdge(shardName(key), matchName(key), matchVersion(key), id), set: id });
    }
    if (open.length < 1_000 && set < total - 1) continue;
    await ports.table.batchWrite(open);
    edges += open.length;
    open = [];
  }
  const names = new Map<string, Set<string>>();
  for (const key of all) names.set(shardName(key), (names.get(shardName(key)) ?? new Set()).add(matchName(key)));
  const changes = [...names].map(([shard, of]) => ({ shard, names: [...of] }));
  return {
    keys: all.length,
    names: changes.reduce((sum, change) => sum + change.names.length, 0),
    edges,
    changes,
    generation: (await ports.book.manifest({ fresh: true })).generation,
  };
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
