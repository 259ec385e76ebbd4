import { afterAll, describe, expect, it } from 'vitest';
import { type Blobs, StoreError, type Writing } from '#shared/store';

async function writingsOf(blobs: Blobs, key: string): Promise<Writing[]> {
  const found: Writing[] = [];
  for await (const writing of blobs.list()) if (writing.key === key) found.push(writing);
  return found;
}

async function keysOf(writings: AsyncIterable<Writing>): Promise<string[]> {
  const found = new Set<string>();
  for await (const { key } of writings) found.add(key);
  return [...found];
}

/** What every adapter of the blob port must do. `open` gives a fresh, empty store. */
export function blobsContract(name: string, open: () => Promise<{ blobs: Blobs; close?: () => Promise<void> }>): void {
  describe(`blobs contract: ${name}`, () => {
    const opened: (() => Promise<void>)[] = [];
    const fresh = async (): Promise<Blobs> => {
      const { blobs, close } = await open();
      if (close !== undefined) opened.push(close);
      return blobs;
    };
    afterAll(async () => {
      for (const close of opened) await close();
    });

    it('gives back the bytes that were put, zero bytes and a megabyte included', async () => {
      const blobs = await fresh();
      const large = Buffer.alloc(1 << 20, 'drydock');
      await blobs.put('facts/sha256/00', new Uint8Array());
      await blobs.put('facts/sha256/ff', large);
      expect(await blobs.get('facts/sha256/00')).toEqual(Buffer.alloc(0));
      expect((await blobs.get('facts/sha256/ff'))?.equals(large)).toBe(true);
    });

    it('knows nothing of a key that was never put or was deleted', async () => {
      const blobs = await fresh();
      expect(await blobs.get('a/b')).toBeUndefined();
      expect(await blobs.has('a/b')).toBe(false);
      await blobs.put('a/b', Buffer.from('x'));
      expect(await blobs.has('a/b')).toBe(true);
      await blobs.delete('a/b');
      expect(await blobs.get('a/b')).toBeUndefined();
      await blobs.delete('a/b');
    });

    it('replaces the bytes of a key as a whole, also when many put at once', async () => {
      const blobs = await fresh();
      await blobs.put('k', Buffer.from('first and longer'));
      await Promise.all(Array.from({ length: 20 }, (_, n) => blobs.put('k', Buffer.alloc(1000, n))));
      const bytes = await blobs.get('k');
      expect(bytes).toHaveLength(1000);
      expect(new Set(bytes).size).toBe(1);
    });

    it('keeps keys apart that differ in case only, or where one is the beginning of the other', async () => {
      const blobs = await fresh();
      const all = ['a', 'A', 'a/b', 'a/B', 'a.b', 'a%2eb', 'a:b', 'sha256:ab', 'a~', 'a/~temp'];
      for (const key of all) await blobs.put(key, Buffer.from(`bytes of ${key}`));
      for (const key of all) expect((await blobs.get(key))?.toString()).toBe(`bytes of ${key}`);
    });

    it('refuses keys that could mean another place', async () => {
      const blobs = await fresh();
      for (const key of [
        '',
        '/',
        '/etc/passwd',
        '../x',
        'a/../b',
        'a//b',
        'a/',
        '.',
        'a\\b',
        'a\u0000b',
        'é',
        'x'.repeat(901),
        `a/${'x'.repeat(201)}`,
      ]) {
        for (const call of [
          () => blobs.put(key, Buffer.from('x')),
          () => blobs.get(key),
          () => blobs.has(key),
          () => blobs.delete(key),
        ]) {
          await expect(call(), JSON.stringify(key)).rejects.toMatchObject({ code: 'bad-key' });
          await expect(call()).rejects.toBeInstanceOf(StoreError);
        }
      }
    });

    it('lists what is kept, and goes on behind any key', async () => {
      const blobs = await fresh();
      const keys = ['facts/sha256/00', 'facts/sha256/ff', 'facts', 'sets/A', 'sets/a', 'sets/a.b', 'sets/a/b', 'z'];
      for (const key of keys) await blobs.put(key, Buffer.from(key));
      await blobs.delete('z');
      const listed = await keysOf(blobs.list());
      expect(listed.toSorted()).toEqual(keys.filter((key) => key !== 'z').toSorted());
      for (const [at, after] of listed.entries())
        expect(await keysOf(blobs.list({ after }))).toEqual(listed.slice(at + 1));
      const [, gone = ''] = listed;
      await blobs.delete(gone);
      expect(await keysOf(blobs.list({ after: gone }))).toEqual(listed.slice(2));
      expect(await keysOf((await fresh()).list())).toEqual([]);
    });

    it('takes away one writing and never a later one', async () => {
      const blobs = await fresh();
      await blobs.put('k', Buffer.from('old'));
      const [old] = await writingsOf(blobs, 'k');
      expect(Math.abs(Date.now() - Date.parse(old?.at ?? ''))).toBeLessThan(3_600_000);
      await blobs.put('k', Buffer.from('new'));
      await blobs.remove(old!);
      expect((await blobs.get('k'))?.toString()).toBe('new');
      for (const writing of await writingsOf(blobs, 'k')) await blobs.remove(writing);
      expect(await blobs.has('k')).toBe(false);
      await blobs.remove(old!);
      await blobs.put('k', Buffer.from('newest'));
      await blobs.remove(old!);
      expect((await blobs.get('k'))?.toString()).toBe('newest');
    });

    it('does not change with the buffer that was put or given out', async () => {
      const blobs = await fresh();
      const bytes = Buffer.from('abc');
      await blobs.put('k', bytes);
      bytes.fill(0);
      const out = await blobs.get('k');
      expect(out?.toString()).toBe('abc');
      out?.fill(0);
      expect((await blobs.get('k'))?.toString()).toBe('abc');
    });
  });
}
