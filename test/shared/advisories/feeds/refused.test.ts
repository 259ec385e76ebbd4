import { describe, expect, test } from 'vitest';
import { advisoryBook, feedTable, refreshAdvisories } from '#shared/advisories';
import { memoryBlobs, memoryTable } from '#shared/store';
import { type Publication, publications } from './publications.ts';
import { mirror, sourceOver } from './publish.ts';

const june = '2024-06-01T00:00:00Z';
const july = '2024-07-01T00:00:00Z';
const may = '2024-05-01T00:00:00Z';

async function setUp(id: string) {
  const { folder, publish } = await mirror();
  const { feed } = feedTable.find((row) => row.feed.id === id) ?? {};
  if (feed === undefined) throw new Error(`no feed ${id}`);
  const make = publications[id];
  if (make === undefined) throw new Error(`${id} has no publication to test with: add it to publications.ts`);
  const given = {
    blobs: memoryBlobs(),
    table: memoryTable(),
    now: () => new Date('2026-01-01T00:00:00Z'),
    source: sourceOver(folder),
    ecosystems: [feed.ecosystem],
  };
  const state = async () => {
    const { generation, shards } = await advisoryBook(given, { maxAge: 0 }).manifest();
    return { generation, shards: Object.fromEntries(Object.entries(shards).map(([name, { hash }]) => [name, hash])) };
  };
  await publish(id, make(100, june), june);
  const first = await refreshAdvisories(given);
  expect(first).toMatchObject({ generation: 1, published: true, refused: [], broken: [] });
  return { id, make, publish, given, state, good: await state() };
}

const cut = (files: Publication): Publication =>
  Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, bytes.subarray(0, bytes.length >> 1)]));

describe.each(feedTable.map(({ feed }) => feed.id))('a publication of %s', (id) => {
  const isRefused = async (
    made: Awaited<ReturnType<typeof setUp>>,
    files: Publication,
    time: string,
    reason: string,
  ): Promise<void> => {
    await made.publish(id, files, time);
    const result = await refreshAdvisories(made.given);
    expect(result.refused.map((refused) => refused.reason)).toContain(reason);
    expect(result).toMatchObject({ published: false, changes: [] });
    expect(await made.state()).toEqual(made.good);
  };

  test('that is half-written is refused, the last good generation stays', async () => {
    const made = await setUp(id);
    await isRefused(made, cut(made.make(101, july)), july, 'broken');
  });

  test('that is empty is refused, the last good generation stays', async () => {
    const made = await setUp(id);
    await isRefused(made, made.make(0, july), july, 'empty');
  });

  test('that is gone is refused, the last good generation stays', async () => {
    const made = await setUp(id);
    await isRefused(made, {}, july, 'empty');
  });

  test('that is much smaller is refused, the last good generation stays', async () => {
    const made = await setUp(id);
    await isRefused(made, made.make(50, july), july, 'smaller');
  });

  test('that is older is refused, the last good generation stays', async () => {
    const made = await setUp(id);
    await isRefused(made, made.make(101, may), may, 'older');
  });

  test('that is newer and whole names what it changes', async () => {
    const made = await setUp(id);
    await made.publish(id, made.make(101, july), july);
    const result = await refreshAdvisories(made.given);
    expect(result).toMatchObject({ generation: 2, published: true, refused: [] });
    // a project that speaks of one package changes that one
    const changed = id === 'curl' ? /^curl$/ : /100$/;
    expect(result.changes.every(({ names }) => names.every((name) => changed.test(name)))).toBe(true);
    expect(result.changes.length).toBeGreaterThan(0);
  });
});
