import { makeApi } from '#functions/api';
import { memoryBook } from '#shared/advisories';
import { type Blobs, memoryBlobs, type Table } from '#shared/store';
import { makeApi as clientOf } from '../../../cli/api.ts';
import { answerOf } from '../../../functions/api/function-url.ts';
import { remedyDesk } from '../../../functions/api/remedy-desk.ts';

/** What one request was answered with, and what the answer took. */
export interface Answered {
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
  /** items of lists, queries and single reads */
  readonly items: number;
}

/** The api over a table, asked as clients ask it; every answer is what a function URL sends. `between` is called before every page but the first. */
export function asking(
  inner: Table,
  { between = async () => undefined, blobs = memoryBlobs() }: { between?: () => Promise<unknown>; blobs?: Blobs } = {},
) {
  let items = 0;
  async function* counted<T>(rows: AsyncIterable<T>): AsyncIterable<T> {
    for await (const row of rows) {
      items += 1;
      yield row;
    }
  }
  const table: Table = {
    ...inner,
    get: (key, options) => {
      items += 1;
      return inner.get(key, options);
    },
    batchGet: (keys, options) => {
      items += keys.length;
      return inner.batchGet(keys, options);
    },
    query: (range) => counted(inner.query(range)),
    list: (index, options) => counted(inner.list(index, options)),
  };
  const now = () => new Date('2026-06-01T00:00:00.000Z');
  const api = makeApi({
    table,
    blobs,
    book: memoryBook([]),
    now,
    bases: async () => [],
    policyChanged: async () => undefined,
    remedy: remedyDesk({ table, emit: async () => undefined, now }),
  });
  const answers: Answered[] = [];
  const ask = async (method: string, path: string, principal?: string) => {
    const url = new URL(path, 'http://api');
    if (url.searchParams.has('after')) await between();
    const before = items;
    const query = Object.fromEntries(url.searchParams);
    const answer = answerOf(
      await api({ method, path: url.pathname, query, ...(principal === undefined ? {} : { principal }) }),
    );
    const { statusCode: status, body } = answer;
    answers.push({ path: url.pathname, status, bytes: Buffer.byteLength(body), items: items - before });
    return { status, body: JSON.parse(body) as unknown };
  };
  return { ask, answers, client: clientOf('the stack', ({ method, path }) => ask(method, path)) };
}

/** Cursors that no answer of a list gives, whatever list that is. */
export const strangeCursors: readonly string[] = [
  '',
  'x',
  '{}',
  ...[
    null,
    [],
    ['rollouts'],
    ['rollouts', ''],
    ['rollouts', 'yesterday#x'],
    ['rollouts', 7],
    ['problems', '2026-01-01T00:00:00.000Z#x'],
    ['rollouts', `2026-01-01T00:00:00.000Z#${'x'.repeat(1_100)}`],
    ['rollouts', '2026-01-01T00:00:00.000Z#\ud800'],
    ['rollouts', '2026-01-01T00:00:00.000Z#x', 'y'],
  ].map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64url')),
  'A'.repeat(100_000),
];
