import { describe, expect, test } from 'vitest';
import { advisoryBook, feedTable, readFeeds, refreshAdvisories, staleFeeds } from '#shared/advisories';
import { memoryBlobs, memoryTable } from '#shared/store';
import {
  alpinePublication,
  amazonEntry,
  amazonPublication,
  amazonTopic,
  type Publication,
  publications,
} from './publications.ts';
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

/** A publication of several files, of which the one that is missing says less than what would be a much smaller publication. */
const severalFiles: readonly (readonly [
  id: string,
  ecosystem: string,
  all: Publication,
  missing: string,
  named: string,
])[] = [
  [
    'alpine-secdb',
    'Alpine',
    { ...alpinePublication(100, june), 'v3.20/community.json': alpinePublication(20, june)['v3.20/community.json']! },
    'v3.20/community.json',
    'Alpine:v3.20 community',
  ],
  [
    'amazon-linux',
    'Amazon Linux',
    {
      ...amazonPublication(100, june),
      '2/extras-catalog.json': Buffer.from('{"topics":[{"n":"docker"}]}'),
      ...amazonTopic(
        'docker',
        amazonEntry('ALAS2DOCKER-2024-1', june, ['CVE-2024-1'], [['docker', '20.1', '1.amzn2']]),
      ),
    },
    '2/extras/docker/latest/x86_64/mirror.list',
    '2 docker',
  ],
];

describe.each(severalFiles)(
  'a publication of %s, of which a small file is missing',
  (id, ecosystem, all, missing, named) => {
    const setUpSeveral = async () => {
      const { folder, publish } = await mirror();
      let now = new Date('2026-01-01T00:00:00Z');
      const given = {
        blobs: memoryBlobs(),
        table: memoryTable(),
        now: () => now,
        source: sourceOver(folder),
        ecosystems: [ecosystem],
      };
      await publish(id, all, june);
      expect(await refreshAdvisories(given)).toMatchObject({ generation: 1, refused: [] });
      const { [missing]: _, ...rest } = all;
      await publish(id, rest, july);
      const days = (count: number): void => {
        now = new Date(now.getTime() + count * 24 * 3_600_000);
      };
      return { given, publish, rest, days };
    };

    test('is refused and names it; the last good generation stays', async () => {
      const { given } = await setUpSeveral();
      const result = await refreshAdvisories(given);
      expect(result).toMatchObject({ published: false, generation: 1 });
      expect(result.refused).toEqual([
        expect.objectContaining({ reason: 'smaller', message: expect.stringContaining(named) }),
      ]);
    });

    test('is told as stale, and taken for what there is when it has been so for a week', async () => {
      const { given, days } = await setUpSeveral();
      await refreshAdvisories(given);
      days(6);
      expect(await refreshAdvisories(given)).toMatchObject({ published: false });
      expect(staleFeeds(await readFeeds(given.table), given.now())).toMatchObject([{ feed: ecosystem }]);
      days(1);
      const result = await refreshAdvisories(given);
      expect(result).toMatchObject({ published: true, generation: 2, refused: [] });
      expect(result.changes.flatMap(({ names }) => names).length).toBeGreaterThan(0);
      expect(staleFeeds(await readFeeds(given.table), given.now())).toEqual([]);
    });

    test('is whole again when that is back', async () => {
      const { given, publish } = await setUpSeveral();
      await refreshAdvisories(given);
      await publish(id, all, july);
      expect(await refreshAdvisories(given)).toMatchObject({ refused: [] });
      expect((await readFeeds(given.table))[ecosystem]).not.toHaveProperty('failing');
    });
  },
);
