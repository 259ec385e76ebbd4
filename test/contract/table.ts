import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Item, type Range, StoreError, type Table } from '#shared/store';

const all = async (items: AsyncIterable<Item>): Promise<Item[]> => {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
};
const keysOf = async (items: AsyncIterable<Item>): Promise<string[]> => (await all(items)).map((item) => item.sk);

/** Text of every width of UTF-8, with the characters that UTF-16 orders otherwise. */
const sortKey = fc.string({
  unit: fc.constantFrom('a', 'b', '#', '~', '\u007f', 'é', '€', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
  minLength: 1,
  maxLength: 4,
});

/** What every adapter of the table port must do. Every test uses partitions of its own. */
export function tableContract(name: string, open: () => Promise<{ table: Table; close?: () => Promise<void> }>): void {
  describe(`table contract: ${name}`, () => {
    let table: Table;
    let close: (() => Promise<void>) | undefined;
    let counter = 0;
    const partition = (): string => `test#${++counter}`;
    beforeAll(async () => {
      ({ table, close } = await open());
    });
    afterAll(async () => close?.());

    it('gives back what was put: text, numbers, booleans, null, bytes, lists, maps; undefined members are dropped', async () => {
      const pk = partition();
      const item = {
        pk,
        sk: 'A',
        text: 'é€𐀀',
        empty: '',
        n: -1.5e-7,
        big: 2 ** 53 - 1,
        zero: 0,
        yes: true,
        no: null,
        bytes: new Uint8Array([0, 255]),
        list: [1, 'a', { deep: [] }],
        map: { a: { b: 1 } },
      };
      await table.put({ ...item, gone: undefined, map: { a: { b: 1, gone: undefined } } });
      const found = await table.get({ pk, sk: 'A' }, { consistent: true });
      expect(found).toEqual(item);
      expect(Object.keys(found ?? {})).not.toContain('gone');
      expect(found?.bytes).toBeInstanceOf(Uint8Array);
    });

    it('copies what it takes and gives', async () => {
      const pk = partition();
      const list = [1];
      await table.put({ pk, sk: 'A', list });
      list.push(2);
      const found = (await table.get({ pk, sk: 'A' })) as { list: number[] } | undefined;
      found?.list.push(3);
      expect((await table.get({ pk, sk: 'A' }))?.list).toEqual([1]);
    });

    it('knows nothing of a key that is not there; replaces an item as a whole; deletes', async () => {
      const key = { pk: partition(), sk: 'A' };
      expect(await table.get(key)).toBeUndefined();
      expect(await table.put({ ...key, a: 1 })).toBe('written');
      expect(await table.put({ ...key, b: 2 })).toBe('written');
      expect(await table.get(key)).toEqual({ ...key, b: 2 });
      expect(await table.delete(key)).toBe('written');
      expect(await table.get(key)).toBeUndefined();
      expect(await table.delete(key)).toBe('written');
    });

    it('gets many at once, each once, more than one batch, without those that are not there', async () => {
      const pk = partition();
      const items = Array.from({ length: 130 }, (_, n) => ({ pk, sk: `k${n}`, n }));
      await table.batchWrite(items);
      const keys = [...items, { pk, sk: 'k3' }, { pk, sk: 'none' }].map(({ sk }) => ({ pk, sk }));
      const found = await table.batchGet(keys, { consistent: true });
      expect(found.sort((a, b) => Number(a.n) - Number(b.n))).toEqual(items);
      expect(await table.batchGet([])).toEqual([]);
    });

    it('writes and deletes in batches; the last put of a key wins, and a put wins over a delete', async () => {
      const pk = partition();
      await table.batchWrite([
        { pk, sk: 'old' },
        { pk, sk: 'both', n: 0 },
      ]);
      await table.batchWrite(
        [
          { pk, sk: 'twice', n: 1 },
          { pk, sk: 'twice', n: 2 },
          { pk, sk: 'both', n: 3 },
        ],
        [
          { pk, sk: 'old' },
          { pk, sk: 'both' },
          { pk, sk: 'never' },
        ],
      );
      expect(await all(table.query({ pk }))).toEqual([
        { pk, sk: 'both', n: 3 },
        { pk, sk: 'twice', n: 2 },
      ]);
    });

    it('orders sort keys by their UTF-8 bytes and cuts ranges as a plain model does', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(sortKey, { maxLength: 12 }),
          fc.array(
            fc.record({
              prefix: fc.option(sortKey, { nil: undefined }),
              after: fc.option(sortKey, { nil: undefined }),
              reverse: fc.boolean(),
              limit: fc.option(fc.nat(5), { nil: undefined }),
            }),
            { minLength: 1, maxLength: 6 },
          ),
          async (sks, ranges) => {
            const pk = partition();
            await table.batchWrite(sks.map((sk) => ({ pk, sk })));
            for (const { prefix, after, reverse, limit } of ranges) {
              const range: Range = {
                pk,
                reverse,
                consistent: true,
                ...(prefix === undefined ? {} : { prefix }),
                ...(after === undefined ? {} : { after }),
                ...(limit === undefined ? {} : { limit }),
              };
              const ordered = sks.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
              if (reverse) ordered.reverse();
              const expected = ordered
                .filter((sk) => sk.startsWith(prefix ?? ''))
                .filter(
                  (sk) =>
                    after === undefined ||
                    Math.sign(Buffer.compare(Buffer.from(sk), Buffer.from(after))) === (reverse ? -1 : 1),
                )
                .slice(0, limit ?? sks.length);
              expect(await keysOf(table.query(range)), JSON.stringify(range)).toEqual(expected);
            }
          },
        ),
        { numRuns: 40 },
      );
    });

    it('reads a range of more than one page, in order, and stops when the reader stops', async () => {
      const pk = partition();
      const text = 'x'.repeat(50_000);
      const items = Array.from({ length: 50 }, (_, n) => ({ pk, sk: `k${String(n).padStart(3, '0')}`, text }));
      await table.batchWrite(items);
      expect(await keysOf(table.query({ pk }))).toEqual(items.map((item) => item.sk));
      const seen: string[] = [];
      for await (const item of table.query({ pk, reverse: true })) {
        seen.push(item.sk);
        if (seen.length === 2) break;
      }
      expect(seen).toEqual(['k049', 'k048']);
    });

    it('does not stumble when the range is deleted under the reader', async () => {
      const pk = partition();
      await table.batchWrite(Array.from({ length: 150 }, (_, n) => ({ pk, sk: String(n).padStart(3, '0') })));
      let read = 0;
      for await (const item of table.query({ pk })) {
        await table.delete(item);
        read += 1;
      }
      expect(read).toBe(150);
      expect(await all(table.query({ pk, consistent: true }))).toEqual([]);
    });

    it('keeps partitions apart', async () => {
      const pk = partition();
      await table.put({ pk: `${pk}#a`, sk: 'A' });
      expect(await all(table.query({ pk }))).toEqual([]);
    });

    describe('conditions', () => {
      it('absent: the first writer wins', async () => {
        const key = { pk: partition(), sk: 'A' };
        const results = await Promise.all(
          Array.from({ length: 8 }, (_, n) => table.put({ ...key, n }, { absent: true })),
        );
        expect(results.filter((result) => result === 'written')).toHaveLength(1);
        expect((await table.get(key, { consistent: true }))?.n).toBe(results.indexOf('written'));
      });

      it('olderThan: numbers by value, text by bytes, whatever the order of arrival', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.uniqueArray(
              fc
                .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }))
                .map((n) => (Math.abs(n) < 1e-100 ? 0 : n)),
              { minLength: 1, maxLength: 6 },
            ),
            async (revisions) => {
              const key = { pk: partition(), sk: 'A' };
              let newest: number | undefined;
              for (const rev of revisions) {
                const result = await table.put({ ...key, rev }, { olderThan: { attribute: 'rev', than: rev } });
                expect(result).toBe(newest === undefined || newest < rev ? 'written' : 'refused');
                if (result === 'written') newest = rev;
              }
              expect((await table.get(key, { consistent: true }))?.rev).toBe(Math.max(...revisions));
            },
          ),
          { numRuns: 20 },
        );
        const key = { pk: partition(), sk: 'A' };
        await table.put({ ...key, at: 'é' });
        expect(await table.put({ ...key, at: '€' }, { olderThan: { attribute: 'at', than: '€' } })).toBe('written');
        expect(await table.put({ ...key, at: '€' }, { olderThan: { attribute: 'at', than: '€' } })).toBe('refused');
      });

      it('olderThan and equals refuse when the attribute is missing or of another type', async () => {
        const key = { pk: partition(), sk: 'A' };
        await table.put({ ...key, rev: '1' });
        for (const attribute of ['rev', 'other']) {
          expect(await table.put(key, { olderThan: { attribute, than: 5 } })).toBe('refused');
          expect(await table.put(key, { equals: { attribute, value: 1 } })).toBe('refused');
        }
        expect(await table.get(key)).toEqual({ ...key, rev: '1' });
      });

      it('equals: a step from a known state happens once, and never from nothing', async () => {
        const key = { pk: partition(), sk: 'A' };
        expect(
          await table.put({ ...key, state: 'planned' }, { equals: { attribute: 'state', value: 'planned' } }),
        ).toBe('refused');
        await table.put({ ...key, state: 'planned' });
        const results = await Promise.all(
          Array.from({ length: 6 }, (_, n) =>
            table.put({ ...key, state: 'updating', n }, { equals: { attribute: 'state', value: 'planned' } }),
          ),
        );
        expect(results.filter((result) => result === 'written')).toHaveLength(1);
      });

      it('hold for deletes too', async () => {
        const key = { pk: partition(), sk: 'A' };
        await table.put({ ...key, rev: 3 });
        expect(await table.delete(key, { equals: { attribute: 'rev', value: 2 } })).toBe('refused');
        expect(await table.delete(key, { olderThan: { attribute: 'rev', than: 3 } })).toBe('refused');
        expect(await table.delete(key, { equals: { attribute: 'rev', value: 3 } })).toBe('written');
        expect(await table.delete(key, { equals: { attribute: 'rev', value: 3 } })).toBe('refused');
      });

      it('leave no trace of themselves in the item', async () => {
        const key = { pk: partition(), sk: 'A' };
        await table.put({ ...key, n: 1 }, { absent: true });
        expect(await table.get(key)).toEqual({ ...key, n: 1 });
        expect(await all(table.query({ pk: key.pk }))).toEqual([{ ...key, n: 1 }]);
        expect(await table.batchGet([key])).toEqual([{ ...key, n: 1 }]);
      });
    });

    describe('the sparse index', () => {
      it('lists items that carry ix in the order of ixs, both ways, from a place on', async () => {
        const ix = partition();
        const items = ['b', 'a', 'c'].map((ixs, n) => ({ pk: partition(), sk: 'A', ix, ixs, n }));
        await table.batchWrite([...items, { pk: partition(), sk: 'A', n: 9 }]);
        const ns = async (options: Parameters<Table['list']>[1]): Promise<unknown[]> =>
          (await all(table.list(ix, options))).map((item) => item.ixs);
        expect(await ns({})).toEqual(['a', 'b', 'c']);
        expect(await ns({ reverse: true })).toEqual(['c', 'b', 'a']);
        expect(await ns({ after: 'a' })).toEqual(['b', 'c']);
        expect(await ns({ after: 'b', reverse: true })).toEqual(['a']);
        expect(await ns({ limit: 2 })).toEqual(['a', 'b']);
        expect(await ns({ limit: 0 })).toEqual([]);
      });

      it('holds items of equal ixs side by side, and moves and forgets them with the item', async () => {
        const ix = partition();
        const first = { pk: partition(), sk: 'A', ix, ixs: 'same' };
        const second = { pk: partition(), sk: 'A', ix, ixs: 'same' };
        await table.put(first);
        await table.put(second);
        expect(await all(table.list(ix))).toHaveLength(2);
        expect(await all(table.list(ix, { after: 'same' }))).toEqual([]);
        expect(await all(table.list(ix, { after: 'same', reverse: true }))).toEqual([]);
        await table.put({ ...first, ixs: 'other' });
        await table.put({ pk: second.pk, sk: 'A' });
        expect(await all(table.list(ix))).toEqual([{ ...first, ixs: 'other' }]);
        await table.delete(first);
        expect(await all(table.list(ix))).toEqual([]);
      });
    });

    describe('refusals', () => {
      const refused = async (item: Item, code: string): Promise<void> => {
        await expect(table.put(item)).rejects.toMatchObject({ code });
        await expect(table.put(item, { absent: true })).rejects.toBeInstanceOf(StoreError);
        await expect(table.batchWrite([item])).rejects.toMatchObject({ code });
      };

      it('an item over 400 KB, naming it', async () => {
        const pk = partition();
        await refused({ pk, sk: 'A', text: 'x'.repeat(400 * 1024) }, 'too-large');
        await expect(table.put({ pk, sk: 'A', text: 'é'.repeat(205_000) })).rejects.toThrow(pk);
        expect(await table.put({ pk, sk: 'A', text: 'x'.repeat(400 * 1024 - 60) }, { absent: true })).toBe('written');
      });

      it('keys that are empty, too long or not text', async () => {
        const pk = partition();
        await refused({ pk: '', sk: 'A' }, 'bad-key');
        await refused({ pk, sk: '' }, 'bad-key');
        await refused({ pk, sk: 'x'.repeat(1025) }, 'bad-key');
        await refused({ pk: 'x'.repeat(2049), sk: 'A' }, 'bad-key');
        await refused({ pk, sk: '\ud800' }, 'bad-key');
        await refused({ pk, sk: 'A', ix: '', ixs: 'a' }, 'bad-key');
        await refused({ pk, sk: 'A', ix: 'a', ixs: 7 }, 'bad-key');
        await expect(table.get({ pk: '', sk: 'A' })).rejects.toMatchObject({ code: 'bad-key' });
        await expect(table.delete({ pk, sk: '' })).rejects.toMatchObject({ code: 'bad-key' });
        await expect(table.batchGet([{ pk, sk: '' }])).rejects.toMatchObject({ code: 'bad-key' });
      });

      it('attributes that no table holds, and the write token', async () => {
        const pk = partition();
        for (const bad of [
          Number.NaN,
          Number.POSITIVE_INFINITY,
          2 ** 60,
          5e-324,
          () => 1,
          new Date(0),
          new Map(),
          1n,
          Symbol('x'),
        ])
          await refused({ pk, sk: 'A', bad: [{ bad }] }, 'bad-item');
        await refused({ pk, sk: 'A', w: 'mine' }, 'bad-item');
      });

      it('nothing of a batch is written when one item of it is refused', async () => {
        const pk = partition();
        await expect(
          table.batchWrite([
            { pk, sk: 'A' },
            { pk, sk: 'B', bad: Number.NaN },
          ]),
        ).rejects.toMatchObject({ code: 'bad-item' });
        expect(await all(table.query({ pk, consistent: true }))).toEqual([]);
      });
    });

    it('walks through all items, those of a partition in their order, and goes on behind any key', async () => {
      const partitions = [partition(), partition(), partition()];
      const items = partitions.flatMap((pk) => ['A', 'C', 'a', 'é', '\u{10000}'].map((sk) => ({ pk, sk, from: pk })));
      await table.batchWrite(items);
      const walked = await all(table.scan());
      for (const pk of partitions)
        expect(walked.filter((item) => item.pk === pk)).toEqual(items.filter((item) => item.pk === pk));
      for (const [at, { pk, sk }] of walked.entries())
        if (partitions.includes(pk)) expect(await all(table.scan({ after: { pk, sk } }))).toEqual(walked.slice(at + 1));
      const [pk = ''] = partitions;
      const behind = await all(table.scan({ after: { pk, sk: 'B' } }));
      expect(behind.find((item) => item.pk === pk)?.sk).toBe('C');
    });

    it('walks through more than one page', async () => {
      const pk = partition();
      const text = 'x'.repeat(100_000);
      const items = Array.from({ length: 30 }, (_, n) => ({ pk, sk: `k${String(n).padStart(2, '0')}`, text }));
      await table.batchWrite(items);
      const walked = (await all(table.scan())).filter((item) => item.pk === pk);
      expect(walked.map(({ sk }) => sk)).toEqual(items.map(({ sk }) => sk));
    });
  });
}
