import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findingsOfImage, type ReconcilePorts, readImageHead, reconcileWorkloads } from '#shared/findings';
import { type Blobs, memoryBlobs, memoryTable, type Table } from '#shared/store';
import { startDatabase } from '../../local/database.ts';
import { together, type Work } from './rematch/cost.ts';
import { type Counts, countedBlobs, countedTable, noCounts } from './rematch/counted-table.ts';
import { fillImages, fillServices, fillSets, portsOn, publisher } from './rematch/fill.ts';
import { digestOf, firstRecords, hot, libc, record, type Shape } from './rematch/fleet.ts';
import { type MakePorts, type Reached, reach } from './rematch/loop.ts';
import { nightly } from './rematch/nightly.ts';

const full: Shape = { images: 100_000, osSets: 2_000, appSets: 18_000, services: 5_000 };
const small: Shape = { images: 2_000, osSets: 100, appSets: 900, services: 200 };
/** As many map-workloads run at once in AWS (infra/observe-stack.ts). */
const functions = 5;
/** A call of DynamoDB in the same region, as a median; S3 is given four times as much. */
const network = 4;

/**
 * An advisory changes: how long until every exposure and problem of it stands, in a store of 100,000 images, 20,000 sets, a million findings and
 * 5,000 services, for a package of a few services and for libc, with the calls counted; the same on dynalite, smaller; then the nightly re-match and what
 * it costs a month. DRYDOCK_BENCH_SCALE=10 divides the sizes; DRYDOCK_BENCH_PART takes one of memory, dynalite, nightly.
 */
export async function bench(): Promise<void> {
  const scale = Number(process.env.DRYDOCK_BENCH_SCALE ?? 1);
  const by = (shape: Shape): Shape => ({
    images: Math.round(shape.images / scale),
    osSets: Math.round(shape.osSets / scale),
    appSets: Math.round(shape.appSets / scale),
    services: Math.round(shape.services / scale),
  });
  const part = process.env.DRYDOCK_BENCH_PART;
  const is = (name: string): boolean => part === undefined || part === name;
  let service = measuredService;
  if (is('memory')) service = await measure('in memory', by(full), memoryTable(), memoryBlobs(), true);
  if (is('dynalite')) await onDynalite();
  if (is('nightly')) await nightly(scale, service);
}

/** What one service took when the whole was measured last, for a run of the nightly part alone. */
const measuredService: Work = {
  counts: { readUnits: 222, writeUnits: 3.2, blobGets: 3, blobPuts: 0 },
  functionSeconds: 0.0055,
  events: 2,
};

async function onDynalite(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'drydock-bench-'));
  const database = await startDatabase({ folder });
  try {
    await measure('on dynalite', small, database.table, memoryBlobs(), false);
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(where: string, shape: Shape, table: Table, blobs: Blobs, memory: boolean): Promise<Work> {
  say(`\n### ${where}: ${shape.images} images, ${shape.osSets + shape.appSets} sets, ${shape.services} services`);
  let counts = noCounts();
  let latency = 0;
  const bed = portsOn(table, blobs, async () => undefined);
  const make: MakePorts = (tell, wrote) => {
    const wait = (): number => latency;
    return portsOn(countedTable(table, counts, wait, wrote), countedBlobs(blobs, counts, wait), tell);
  };
  const feed = publisher({ table, blobs });
  const records = [...firstRecords()];
  await feed.publish(records);
  const began = performance.now();
  const { keys } = await fillSets(bed, shape);
  const few = Math.max(shape.services, Math.round(shape.images / 10));
  await fillImages(bed, shape, 0, few);
  const services = await fillServices(bed, shape);
  say(`filled with ${few} images in ${seconds(performance.now() - began)}, ${keys} package keys`);
  const baseline = performance.now();
  await reconcileWorkloads({ ...bed, baseline: async () => true }, services);
  say(`first exposures of all services in ${seconds(performance.now() - baseline)}`);

  const change = async (title: string, more: object, hold?: string, at = 1): Promise<Work> => {
    const since = await generation(bed);
    records.push(more);
    await feed.publish(records);
    counts = noCounts();
    const reached = await reach(make, since, at);
    tell(title, reached, counts, hold);
    return ofOne(reached, counts);
  };
  const forHot = (at: number): object => record(`GHSA-hot-${at}`, 'npm', hot, '2.0.0');
  await change(`${few} images`, forHot(1), 'all within 2 s');
  await fillImages(bed, shape, few, shape.images);
  say(`${await findingsOf(bed, shape)} findings seen by image`);
  const service = await change(`${shape.images} images`, forHot(2), 'all within 2 s, calls as before');
  if (memory) {
    latency = network;
    await change(`the same, ${network} ms a call`, forHot(3), 'all within 2 s');
    latency = 0;
  }
  const all = 'first within 2 s, all within 30 s';
  const forLibc = (at: number): object => record(`DSA-900${at}-1`, 'Debian:12', libc, `2.36-${99 - at}`);
  await change('libc, one function', forLibc(0), all);
  if (memory) {
    latency = network;
    await change(`libc, ${network} ms a call, one function`, forLibc(1), all);
    await change(`libc, ${network} ms a call, ${functions} functions`, forLibc(2), all, functions);
  }
  return service;
}

/** What one service took of it. */
const ofOne = ({ workloads, cpu }: Reached, { readUnits, writeUnits, blobGets, blobPuts }: Counts): Work =>
  together([
    1 / Math.max(1, workloads),
    { counts: { readUnits, writeUnits, blobGets, blobPuts }, functionSeconds: cpu / 1_000, events: 2 },
  ]);

const generation = async (ports: ReconcilePorts): Promise<number> =>
  (await ports.book.manifest({ fresh: true })).generation;

async function findingsOf(ports: ReconcilePorts, shape: Shape): Promise<number> {
  const sample = 200;
  let found = 0;
  for (let at = 0; at < sample; at += 1) {
    const head = await readImageHead(ports.table, digestOf(Math.floor((at * shape.images) / sample)));
    if (head !== undefined) found += (await findingsOfImage(ports, head)).findings.length;
  }
  return Math.round((found / sample) * shape.images);
}

function tell(title: string, reached: Reached, counts: Counts, hold = ''): void {
  const { names, messages, workloads, events, transitions, known, first, told, all, cpu, alone, firstAlone } = reached;
  say(
    `${title}: ${names} name, ${workloads} services in ${messages} messages, ${events} events tell ${transitions.join(' ')}; ` +
      `known ${Math.round(known)} ms, first stands ${Math.round(first)} ms, told ${Math.round(told)} ms, all ${Math.round(all)} ms (${Math.round(cpu)} ms CPU; CPU and waiting alone: first ${Math.round(firstAlone)} ms, all ${Math.round(alone)} ms); ` +
      `${counts.calls} calls, ${Math.round(counts.readUnits)} read and ${counts.writeUnits} write units, ${counts.blobGets} blobs, ${counts.imageRows} heads of running images${hold === '' ? '' : ` [hold: ${hold}]`}`,
  );
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
