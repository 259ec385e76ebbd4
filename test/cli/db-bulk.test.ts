import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type DocumentSource, folderSource, httpSource } from '#shared/advisories';
import { fillMirror, type PartOutcome, readMirror } from '../../cli/db/mirror.ts';
import { makeZip } from '../shared/advisories/make-zip.ts';

interface Advisory {
  readonly modified: string;
  readonly text: string;
}
type State = ReadonlyMap<string, Advisory>;

const bytesOf = (id: string, { modified, text }: Advisory): Buffer =>
  Buffer.from(JSON.stringify({ id, modified, summary: text, affected: [] }));
const at = (minute: number): string => `2026-01-02T00:${String(minute).padStart(2, '0')}:00Z`;

const first: State = new Map(
  Array.from({ length: 1_000 }, (_, n) => [
    `GHSA-${n}`,
    { modified: at(n === 999 ? 1 : 0), text: `of ${n}`.repeat(50) },
  ]),
);
/** One record changed, one came, one is gone. */
const second: State = new Map([
  ...[...first].filter(([id]) => id !== 'GHSA-7'),
  ['GHSA-3', { modified: at(5), text: 'changed' }],
  ['GHSA-new', { modified: at(6), text: 'new' }],
]);

let state: State = first;
let lacks = (_path: string): boolean => false;
let list = (ids: string): string => ids;
const asked: { readonly path: string; readonly bytes: number }[] = [];

const answerTo = (path: string): Buffer | undefined => {
  const [, name = ''] = /^\/npm\/(.+)$/.exec(path) ?? [];
  if (name === 'all.zip')
    return makeZip([...state].map(([id, advisory]) => ({ name: `${id}.json`, bytes: bytesOf(id, advisory) })));
  if (name === 'modified_id.csv')
    return Buffer.from(list([...state].map(([id, { modified }]) => `${modified},${id}\n`).join('')));
  const id = name.replace(/\.json$/, '');
  const advisory = state.get(id);
  return advisory === undefined ? undefined : bytesOf(id, advisory);
};

const server = createServer((request, response) => {
  const path = decodeURIComponent(request.url ?? '');
  const body = lacks(path) ? undefined : answerTo(path);
  if (body === undefined) return void response.writeHead(404).end();
  const etag = `"${body.length}-${[...state.values()]
    .map(({ modified }) => modified)
    .toSorted()
    .at(-1)}"`;
  const isKnown = request.headers['if-none-match'] === etag;
  asked.push({ path, bytes: isKnown ? 0 : body.length });
  response.writeHead(isKnown ? 304 : 200, { etag }).end(isKnown ? undefined : body);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return () => void server.close();
});

const nothing: DocumentSource = { describe: 'nothing', read: async () => undefined };

async function mirror() {
  [state, lacks, list] = [first, () => false, (ids) => ids];
  const base = await mkdtemp(join(tmpdir(), 'drydock-mirror-'));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  const [folder, cacheFolder] = [join(base, 'db'), join(base, 'cache')];
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sources = {
    bulk: httpSource(address, { cacheFolder }),
    feeds: [],
    kev: nothing,
    epss: nothing,
    'end-of-life': nothing,
    now: () => new Date('2026-01-03T00:00:00Z'),
  };
  return {
    folder,
    /** What became of npm, what was asked for, and how many bytes that were. */
    async update(): Promise<{ outcome: PartOutcome['outcome'] | undefined; paths: string[]; bytes: number }> {
      asked.length = 0;
      const [npm] = await fillMirror(folder, ['npm'], sources, () => undefined);
      const paths = asked.map(({ path }) => path.slice('/npm/'.length)).toSorted();
      return { outcome: npm?.outcome, paths, bytes: asked.reduce((sum, { bytes }) => sum + bytes, 0) };
    },
    async holds(): Promise<State> {
      const found = new Map<string, Advisory>();
      for await (const { id, bytes } of folderSource(folder).records('npm')) {
        const { modified, summary } = JSON.parse(bytes.toString('utf8')) as { modified: string; summary: string };
        found.set(id, { modified, text: summary });
      }
      return found;
    },
  };
}
const sorted = (of: State): State => new Map([...of].toSorted(([a], [b]) => (a < b ? -1 : 1)));
/** What changed at the very time of the last change that is known may have been missed. */
const changed = ['GHSA-3.json', 'GHSA-999.json', 'GHSA-new.json', 'modified_id.csv'];

describe('a mirror of OSV that is brought up to date', () => {
  test('asks for the records that changed alone, and holds what a whole archive would', async () => {
    const made = await mirror();
    const whole = await made.update();
    expect(whole.outcome).toBe('fetched');
    expect(whole.paths).toContain('all.zip');
    expect(await made.update()).toMatchObject({ outcome: 'unchanged', paths: ['modified_id.csv'], bytes: 0 });
    state = second;
    const delta = await made.update();
    expect(delta).toMatchObject({ outcome: 'fetched', paths: changed });
    expect(delta.bytes).toBeLessThan(whole.bytes / 2);
    expect(sorted(await made.holds())).toEqual(sorted(second));
    expect((await readMirror(made.folder)).npm).toMatchObject({
      records: 1_000,
      watermark: { at: expect.stringContaining('00:06:00') },
    });
    state = new Map([...second, ['GHSA-later', { modified: at(6), text: 'at the same time as the last' }]]);
    expect((await made.update()).paths).toEqual(['GHSA-later.json', 'GHSA-new.json', 'modified_id.csv']);
    expect(sorted(await made.holds())).toEqual(sorted(state));
    expect((await readdir(made.folder)).toSorted()).toEqual(['drydock-db.json', 'npm']);
  });

  const whole: readonly (readonly [string, () => void])[] = [
    ['a record that the list names is missing', () => (lacks = (path) => path.endsWith('GHSA-new.json'))],
    ['there is no list', () => (lacks = (path) => path.endsWith('.csv'))],
    ['the list is cut', () => (list = (ids) => ids.slice(0, -20))],
    ['too much changed', () => (state = new Map([...second].map(([id, each]) => [id, { ...each, modified: at(9) }])))],
  ];
  test.each(whole)('fetches the whole archive where %s', async (_, happen) => {
    const made = await mirror();
    await made.update();
    state = second;
    happen();
    const again = await made.update();
    expect(again.outcome).toBe('fetched');
    expect(again.paths).toContain('all.zip');
    expect(sorted(await made.holds())).toEqual(sorted(state));
  });

  test('refuses a list that is older than what it holds, which stays', async () => {
    const made = await mirror();
    state = second;
    await made.update();
    state = first;
    expect((await made.update()).outcome).toBe('refused');
    expect(sorted(await made.holds())).toEqual(sorted(second));
    expect((await readdir(made.folder)).toSorted()).toEqual(['drydock-db.json', 'npm']);
  });
});
