import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BrokenArchive, namesInZip, rewriteZip } from '#shared/advisories';
import { zipEntries } from '../../../shared/advisories/adapters/zip-reader.ts';
import { makeZip } from './make-zip.ts';

async function folder() {
  const base = await mkdtemp(join(tmpdir(), 'drydock-zip-rewrite-'));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  return { from: join(base, 'from.zip'), to: join(base, 'to.zip') };
}

async function contentsOf(path: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const file = await open(path, 'r');
  try {
    for await (const { name, bytes } of zipEntries(file, path, () => true)) found.set(name, bytes.toString('utf8'));
    expect(await namesInZip(file, path)).toEqual([...found.keys()]);
  } finally {
    await file.close();
  }
  return found;
}

const asEntries = (contents: ReadonlyMap<string, string>, store: boolean) =>
  [...contents].map(([name, text]) => ({ name, bytes: Buffer.from(text), store }));
const entries = fc
  .dictionary(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), fc.string({ unit: 'binary' }), {
    maxKeys: 12,
  })
  .map((all) => new Map(Object.entries(all).map(([name, text]) => [Buffer.from(name).toString('utf8'), text])));

describe('an archive that is written as another one is', () => {
  test('holds what stays and what is added, whatever form the other one has', async () => {
    const { from, to } = await folder();
    await fc.assert(
      fc.asyncProperty(entries, entries, fc.boolean(), fc.boolean(), async (before, added, store, big) => {
        const without = new Set([...before.keys()].filter((_, at) => at % 3 === 0));
        await writeFile(from, makeZip(asEntries(before, store), { big }));
        await rewriteZip(from, to, {
          without,
          add: new Map([...added].map(([name, text]) => [name, Buffer.from(text)])),
        });
        const expected = new Map([...[...before].filter(([name]) => !without.has(name)), ...added]);
        const found = await contentsOf(to);
        expect(new Map([...found].toSorted())).toEqual(new Map([...expected].toSorted()));
      }),
      { numRuns: 60 },
    );
  });

  test('counts more entries than two bytes can', async () => {
    const { from, to } = await folder();
    const many = Array.from({ length: 66_000 }, (_, at) => ({
      name: `${at}`,
      bytes: Buffer.from(`${at}`),
      store: true,
    }));
    await writeFile(from, makeZip(many, { big: true }));
    await rewriteZip(from, to, { without: new Set(['0']), add: new Map([['last', Buffer.from('added')]]) });
    const found = await contentsOf(to);
    expect([found.size, found.get('65999'), found.get('last')]).toEqual([66_000, '65999', 'added']);
  });

  test.each([
    ['cut', (zip: Buffer) => zip.subarray(0, zip.length - 30)],
    ['no archive', () => Buffer.from('<html>')],
  ])('is not made of one that is %s', async (_, damage) => {
    const { from, to } = await folder();
    await writeFile(from, damage(makeZip([{ name: 'a.json', bytes: Buffer.from('{}') }])));
    await expect(rewriteZip(from, to, { without: new Set(), add: new Map() })).rejects.toThrow(BrokenArchive);
  });
});
