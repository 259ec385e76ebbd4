import { describe, expect, it } from 'vitest';
import { forgetUnreadable, keepUnreadable, keepWorkload } from '#shared/findings';
import { type Item, indexes, keys, type Table } from '#shared/store';
import { checkout } from '../../../local/demo/images.ts';
import { heartbleed, workload, world } from '../../shared/findings/world.ts';
import { asking, strangeCursors } from './asking.ts';

const digestOf = (n: number) => `sha256:${String(n).padStart(64, '0')}` as const;
const timeOf = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

/** A store with one image that was read, and how others that hold the same are put beside it. */
async function given() {
  const made = world({ records: [heartbleed] });
  const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
  await made.scan('checkout', '1');
  const head = (await made.table.get(keys.image(digest))) as Item;
  await made.table.delete(keys.image(digest));
  const read = (n: number, at: string, rev = 1) =>
    made.table.put({
      ...head,
      ...keys.image(digestOf(n)),
      digest: digestOf(n),
      readAt: at,
      rev,
      ix: indexes.images,
      ixs: `${at}#${digestOf(n)}`,
    });
  return { table: made.table, blobs: made.blobs, read };
}

/** All entries of a list, page by page. */
async function listed<T>(ask: ReturnType<typeof asking>['ask'], list: string): Promise<T[]> {
  const all: T[] = [];
  let path = `/${list}`;
  for (;;) {
    const { status, body } = await ask('GET', path);
    expect(status).toBe(200);
    const { next, [list]: entries } = body as Record<string, unknown>;
    all.push(...(entries as T[]));
    if (next === undefined) return all;
    path = `/${list}?after=${String(next)}`;
  }
}

interface Image {
  readonly digest: string;
  readonly rev: number;
  readonly counts: object;
}

describe('the list of images', () => {
  it('gives all, those that were read last first, and none is lost that is read again between two pages', async () => {
    const { table, blobs, read } = await given();
    for (const n of numbers(0, 250)) await read(n, timeOf(n));
    let turn = 0;
    const between = async () => {
      turn += 1;
      if (turn > 2) return;
      for (const n of [turn, 250 - turn, 1_000 + turn]) await read(n, `2026-06-01T00:00:0${turn}.000Z`, 2);
      await table.delete(keys.image(digestOf(100 + turn)));
    };
    const { ask, answers } = asking(table, { blobs, between });
    const all = await listed<Image>(ask, 'images');
    const revisions = new Map(all.map(({ digest, rev }) => [digest, rev]));
    const stayed = numbers(0, 250).filter((n) => n !== 101 && n !== 102);
    expect([...revisions.keys()]).toEqual(expect.arrayContaining(stayed.map(digestOf)));
    for (const n of [1, 2, 248, 249]) expect(revisions.get(digestOf(n)), String(n)).toBe(2);
    expect(all[0]).toMatchObject({ digest: digestOf(249), counts: { critical: expect.any(Number) } });
    expect(answers).toHaveLength(4);
    for (const { bytes } of answers) expect(bytes).toBeLessThan(3_100_000);
  }, 30_000);

  it('reads no more for a page than it holds, however long the list is', async () => {
    const took: number[] = [];
    for (const length of [130, 400]) {
      const { table, blobs, read } = await given();
      for (const n of numbers(0, length)) await read(n, timeOf(n));
      const { ask, answers } = asking(table, { blobs });
      await ask('GET', '/images');
      took.push(answers[0]!.items);
    }
    expect(took[0]).toBe(took[1]);
  }, 30_000);
});

describe('the list of what could not be read', () => {
  const word = (n: number, at: string) => ({
    registry: 'registry.test',
    repository: `app-${n}`,
    tag: '1',
    code: 'unsupported',
    text: 'it is no image',
    at,
  });

  it('gives all, the newest first, and none is lost that is tried again between two pages', async () => {
    const { table, blobs } = await given();
    for (const n of numbers(0, 2_500)) await keepUnreadable(table, word(n, timeOf(n)));
    let turn = 0;
    const between = async () => {
      turn += 1;
      if (turn > 2) return;
      for (const n of [turn, 3_000 + turn]) await keepUnreadable(table, word(n, `2026-06-01T00:00:0${turn}.000Z`));
      const { registry, repository, tag } = word(500 + turn, '');
      await forgetUnreadable(table, { registry, repository, tag, digest: digestOf(1) });
    };
    const { ask, answers } = asking(table, { blobs, between });
    const all = await listed<ReturnType<typeof word>>(ask, 'unreadable');
    expect(all[0]?.repository).toBe('app-2499');
    const names = new Set(all.map(({ repository }) => repository));
    for (const n of numbers(0, 2_500).filter((each) => each !== 501 && each !== 502))
      expect(names.has(`app-${n}`), String(n)).toBe(true);
    expect(answers).toHaveLength(4);
  });
});

it.each(['images', 'unreadable'])(
  '/%s refuses a cursor that no answer gave, and what it does not know',
  async (list) => {
    const { table } = await given();
    const { ask } = asking(table);
    const time = '2026-01-01T00:00:00.000Z';
    const strange = [
      [list, time, 'first', ''],
      [list, time, 'third', `${time}#x`],
      [list, 'yesterday', 'first', `${time}#x`],
      ['alerts', time, 'first', `${time}#x`],
    ].map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64url'));
    for (const cursor of [...strangeCursors, ...strange])
      expect((await ask('GET', `/${list}?after=${cursor}`)).status, cursor.slice(0, 80)).toBe(400);
    expect((await ask('GET', `/${list}?page=2`)).status).toBe(400);
  },
);

it('a workload says what is known of each digest that it runs', async () => {
  const { table, blobs, read } = await given();
  await read(1, timeOf(1));
  const run = (on: Table, name: string, digest: `sha256:${string}`) =>
    keepWorkload(on, workload(name, 'registry.test/checkout:1', digest, timeOf(1)));
  await run(table, 'known', digestOf(1));
  await run(table, 'unknown', digestOf(2));
  // an index stands for the image that it lists
  await table.put({ ...keys.indexChild(digestOf(3), digestOf(1)), child: digestOf(1) });
  await run(table, 'by-index', digestOf(3));
  const { body } = await asking(table, { blobs }).ask('GET', '/workloads');
  const { workloads } = body as { workloads: { name: string; runs: object[] }[] };
  expect(Object.fromEntries(workloads.map(({ name, runs }) => [name, runs]))).toEqual({
    known: [{ digest: digestOf(1), images: [digestOf(1)], state: expect.stringMatching(/scanned|partial/) }],
    unknown: [{ digest: digestOf(2), images: [] }],
    'by-index': [{ digest: digestOf(3), images: [digestOf(1)], state: expect.stringMatching(/scanned|partial/) }],
  });
});
