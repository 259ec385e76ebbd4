import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { factsBlob } from '#shared/findings';
import { type Item, itemSize, keys, memoryBlobs, memoryTable } from '#shared/store';
import { type ListedImage, type SweepReport, sweepTurn } from '#shared/sweep';
import { listedRegistry } from '../shared/sweep/listed-registry.ts';
import { costOf, prices, together, type Work } from './rematch/cost.ts';
import { type Counts, countedBlobs, countedTable, noCounts } from './rematch/counted-table.ts';
import { fillImages, fillServices, fillSets, portsOn } from './rematch/fill.ts';
import { digestOf, type Shape } from './rematch/fleet.ts';

const full: Shape = { images: 100_000, osSets: 2_000, appSets: 18_000, services: 5_000 };
const tenth: Shape = { images: 10_000, osSets: 200, appSets: 1_800, services: 500 };
const imagesOfRepository = 100;
const layersOfImage = 2;
/** A Lambda function of 512 MB has this part of a processor; its calls take so many milliseconds, eight at a time. */
const coresOfFunction = 512 / 1_769;
const gbOfFunction = 0.5;
const call = 5;
const callsAtOnce = 8;
const nights = 30;
/** What happens in a day: one in so many images is pushed, or a problem of it changes; each has a row on the timeline for so long. */
const imagesOfEvent = 20;
const keepHistoryDays = 400;
const dayMs = 24 * 60 * 60_000;

/**
 * The sweep of 10,000 and of 100,000 stored images: a night in which nothing changed, and one that forgets a hundredth of them; the calls counted, what a
 * month of such nights costs, and what the sweep holds in memory. DRYDOCK_BENCH_SCALE=10 divides the sizes; DRYDOCK_BENCH_PART takes one of them.
 */
export async function bench(): Promise<void> {
  const scale = Number(process.env.DRYDOCK_BENCH_SCALE ?? 1);
  const part = process.env.DRYDOCK_BENCH_PART;
  for (const [name, shape] of [
    ['10000', tenth],
    ['100000', full],
  ] as const) {
    if (part !== undefined && part !== name) continue;
    const by = (count: number): number => Math.round(count / scale);
    await measure({
      images: by(shape.images),
      osSets: by(shape.osSets),
      appSets: by(shape.appSets),
      services: by(shape.services),
    });
  }
}

async function measure(shape: Shape): Promise<void> {
  say(`\n### ${shape.images} images, ${shape.osSets + shape.appSets} sets, ${shape.services} services`);
  let now = Date.parse('2026-12-01T02:17:00Z');
  const [table, blobs] = [memoryTable(), memoryBlobs(() => new Date('2026-11-01T00:00:00Z'))];
  const began = performance.now();
  const bed = portsOn(table, blobs, async () => undefined);
  await fillSets(bed, shape);
  await fillImages(bed, shape, 0, shape.images);
  await fillServices(bed, shape);
  const listed: ListedImage[] = [];
  for (let image = 0; image < shape.images; image += 1) listed.push(await fillPlace(table, blobs, image));
  say(`filled in ${seconds(performance.now() - began)}`);

  const night = async (title: string): Promise<Work> => {
    now += dayMs;
    await table.batchWrite(timelineOf(now - (keepHistoryDays + 2) * dayMs, shape.images / imagesOfEvent));
    const counts = noCounts();
    const held = memoryWatch();
    const cpu = process.cpuUsage();
    const start = performance.now();
    const report = await sweepWhole(listed, new Date(now), {
      table: countedTable(table, counts, () => {
        held.look(counts.reads);
        return 0;
      }),
      blobs: countedBlobs(blobs, counts, () => 0),
    });
    const wall = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    return tell(title, report, counts, { wall, cpu: (user + system) / 1e6, held: held.most() });
  };
  await night('the first night, which remembers what is unused');
  const quiet = await night('a night in which nothing changed');
  for (let image = shape.services; image < shape.services + shape.images / 100; image += 1) {
    const at = listed[image];
    if (at !== undefined) listed[image] = { ...at, tags: [] };
  }
  const unused = await night('a night in which a hundredth lost their tags');
  now += 90 * dayMs;
  const forgets = await night('the night that forgets them');
  await night('the one after, which takes away what hung on them');
  const events = timelineOf(now, 1).map(itemSize)[0] ?? 0;
  const kept = Math.round((shape.images / imagesOfEvent) * keepHistoryDays);
  const units = Math.round((kept * events) / 4_096 / 2);
  say(
    `not in it: walking through a timeline of ${keepHistoryDays} days, ${kept} rows of ${events} bytes, some ${units} read units a night`,
  );
  const month = together([nights - 2, quiet], [1, unused], [1, forgets]);
  const lines = costOf(month);
  const usd = lines.reduce((sum, [, each]) => sum + each, 0);
  const theirs = nights * shape.images * prices.inspectorRescan;
  say(
    `a month of such nights: USD ${usd.toFixed(2)} (${lines.map(([what, each]) => `${what} ${each.toFixed(3)}`).join(', ')}); ` +
      `${((usd / theirs) * 100).toFixed(3)} % of what Amazon Inspector takes for re-scanning them nightly`,
  );
}

/** Where an image lies, under a tag of its own, with its inventory and the facts of its layers, as a scan writes them. */
async function fillPlace(
  table: ReturnType<typeof memoryTable>,
  blobs: ReturnType<typeof memoryBlobs>,
  image: number,
): Promise<ListedImage> {
  const [registry, repository] = ['registry.test', `app-${Math.floor(image / imagesOfRepository)}`];
  const [digest, tag, readAt] = [digestOf(image), `v${image % imagesOfRepository}`, '2026-11-28T00:00:00.000Z'];
  const rows: Item[] = [
    { ...keys.imageRepository(digest, registry, repository), registry, repository, readAt },
    { ...keys.repositoryImage(registry, repository, digest), digest, pushedAt: readAt, readAt, told: 'bench' },
    { ...keys.repositoryTag(registry, repository, tag), tag, digest, readAt },
    { ...keys.knownRepository(registry, repository), registry, repository },
  ];
  await blobs.put(`inventories/${digest.replace(':', '/')}`, Buffer.from('x'));
  const head = await table.get(keys.image(digest));
  if (head !== undefined) rows.push({ ...head, inventory: `inventories/${digest.replace(':', '/')}` });
  for (let layer = 0; layer < layersOfImage; layer += 1) {
    const blob = digestOf(image * layersOfImage + layer);
    const facts = factsBlob({ blob, extractors: 'bench' });
    rows.push({ ...keys.layerFacts(blob, 'bench'), blob: facts, extractors: 'bench', usedAt: readAt });
    await blobs.put(facts, Buffer.from('x'));
  }
  await table.batchWrite(rows);
  return { registry, repository, digest, tags: [tag], bytes: 80_000_000, pushedAt: readAt };
}

/** The timeline of one day. */
const timelineOf = (time: number, events: number): Item[] =>
  Array.from({ length: events }, (_, at) => {
    const [when, id] = [new Date(time).toISOString(), digestOf(at)];
    const detail = {
      registry: 'registry.test',
      repository: `app-${at}`,
      digest: id,
      coverage: { state: 'scanned', reasons: [] },
    };
    const event = {
      id,
      time: when,
      type: 'ImageScanned',
      detail: { ...detail, counts: { high: at % 7 }, packages: 300 },
    };
    return { ...keys.timeline(when.slice(0, 10), when, id), event };
  });

/** All turns of one sweep, at one time of the night. */
async function sweepWhole(
  listed: readonly ListedImage[],
  now: Date,
  on: { readonly table: ReturnType<typeof memoryTable>; readonly blobs: ReturnType<typeof memoryBlobs> },
): Promise<SweepReport> {
  const byRepository = Map.groupBy(listed, ({ repository }) => repository);
  const turn = await sweepTurn(
    {
      ...on,
      catalogue: {
        ...listedRegistry([]),
        async *repositories() {
          yield* byRepository.keys();
        },
        async *images(repository) {
          yield* byRepository.get(repository) ?? [];
        },
      },
      policy: async () => ({
        images: 'newest',
        dailyBytes: 50e9,
        forget: true,
        keepDays: 90,
        keepHistoryDays,
        bases: [],
      }),
      extractors: 'bench',
      now: () => now,
      want: async () => undefined,
    },
    { begin: true },
  );
  if (turn.state !== 'done') throw new Error(`the sweep is ${turn.state}`);
  return turn.report;
}

/** What is held on top of the store, looked at now and then after a collection. */
function memoryWatch(): { readonly look: (reads: number) => void; readonly most: () => number } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  const every = 500_000;
  let [most, next] = [0, every / 5];
  return {
    look(reads) {
      if (reads < next) return;
      next += every;
      collect();
      most = Math.max(most, process.memoryUsage().heapUsed - before);
    },
    most: () => most,
  };
}

function tell(
  title: string,
  { rows, stored, unused, forgotten, orphans, facts, history, blobs }: SweepReport,
  counts: Counts,
  { wall, cpu, held }: { readonly wall: number; readonly cpu: number; readonly held: number },
): Work {
  say(
    `${title}: ${rows} rows, ${stored} places, ${unused} unused, ${forgotten} forgotten, ${orphans} orphans, ${facts} facts, ${history} rows of history and ${blobs} blobs taken away; ` +
      `${seconds(wall)}, ${cpu.toFixed(1)} s CPU; ${counts.calls} calls, ${Math.round(counts.readUnits)} read and ${counts.writeUnits} write units, ` +
      `${counts.blobPuts} lists of blobs; at most ${Math.round(held / 1e6)} MB held`,
  );
  const functionSeconds = (cpu / coresOfFunction + (counts.calls * call) / 1_000 / callsAtOnce) * gbOfFunction;
  return { counts, functionSeconds, events: 1 + Math.ceil(functionSeconds / gbOfFunction / 600) };
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
