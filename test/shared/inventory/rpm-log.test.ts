import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { factsOf, imageOf, inventoryOf, layerOf, named } from './images.ts';
import { alma9, rpmDatabase } from './rpm-databases.ts';

const home = 'var/lib/rpm';
const database = rpmDatabase('sqlite');
const log = rpmDatabase('log');
const together = (beside: Readonly<Record<string, string | Buffer>>) =>
  inventoryOf({ 'etc/os-release': alma9, [`${home}/rpmdb.sqlite`]: database, ...beside });

describe('an rpm database with a write-ahead log', () => {
  test('given changes that were not taken over, then the packages are those of database and log together', async () => {
    const inventory = await together({ [`${home}/rpmdb.sqlite-shm`]: 'x', [`${home}/rpmdb.sqlite-wal`]: log });
    expect(named(inventory)).toContain('bash@5.1.9-6.el9_1');
    expect(named(inventory)).not.toContain('bash@5.1.8-6.el9_1');
    expect(named(inventory).some((text) => text.startsWith('tzdata'))).toBe(false);
    expect(named(inventory)).toContain('openssl-libs@1:3.0.7-16.el9_2');
    expect(inventory.coverage).toEqual({ state: 'scanned', reasons: [] });
  });

  test.each([
    ['an empty log', Buffer.alloc(0)],
    [
      'a log that was started over, with frames of an old salt',
      Buffer.concat([log.subarray(0, 16), Buffer.alloc(8, 1), log.subarray(24)]),
    ],
    ['a log whose transaction never ended', unfinished()],
    ['a log that is none', Buffer.alloc(5000, 7)],
  ])('given %s, then the database alone counts', async (_, beside) => {
    const inventory = await together({ [`${home}/rpmdb.sqlite-wal`]: beside });
    expect(named(inventory)).toContain('bash@5.1.8-6.el9_1');
    expect(named(inventory)).toContain('tzdata@2023c-1.el9');
    expect(inventory.coverage.state).toBe('scanned');
  });

  test('given a log without its database in the layer, then that its changes are not read is told', async () => {
    const inventory = await inventoryOf(
      { 'etc/os-release': alma9, [`${home}/rpmdb.sqlite`]: database },
      { [`${home}/rpmdb.sqlite-wal`]: log },
    );
    expect(named(inventory)).toContain('bash@5.1.8-6.el9_1');
    expect(inventory.coverage).toMatchObject({
      state: 'partial',
      reasons: [{ code: 'unreadable-evidence', path: `${home}/rpmdb.sqlite-wal` }],
    });
  });

  test('given a log that comes elsewhere in the archive, then the database is read, and the log is told', async () => {
    const inventory = await together({ 'etc/passwd': 'root', [`${home}/rpmdb.sqlite-wal`]: log });
    expect(named(inventory)).toContain('bash@5.1.8-6.el9_1');
    expect(inventory.coverage.reasons.map(({ path }) => path)).toEqual([`${home}/rpmdb.sqlite-wal`]);
  });

  test('given a log that is too large beside its database, then the limit is told and the database is read', async () => {
    const layer = layerOf({ [`${home}/rpmdb.sqlite`]: database, [`${home}/rpmdb.sqlite-wal`]: log });
    const facts = await factsOf(layer, { maxArchiveBytes: database.length + log.length - 1 });
    expect(facts.evidence.filter(({ kind }) => kind === 'packages')).toHaveLength(1);
    expect(facts.evidence).toContainEqual(
      expect.objectContaining({ kind: 'trouble', code: 'limit', path: `${home}/rpmdb.sqlite-wal` }),
    );
    expect((await imageOf([layer])).manifest.layers).toHaveLength(1);
  });

  test('given any damage to the log, then reading ends, and the database is never lost without a word', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(log.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 })), {
          minLength: 1,
          maxLength: 4,
        }),
        async (changes) => {
          const bytes = Buffer.from(log);
          for (const [at, text] of changes) bytes.set(text.subarray(0, bytes.length - at), at);
          const { packages, coverage } = await together({ [`${home}/rpmdb.sqlite-wal`]: bytes });
          expect(packages.length >= 7 || coverage.state === 'partial').toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** The log up to the frame before the one that ends its first transaction. */
function unfinished(): Buffer {
  const frame = 24 + 4096;
  for (let at = 32; at + frame <= log.length; at += frame)
    if (log.readUInt32BE(at + 4) !== 0) return log.subarray(0, at);
  throw new Error('the log of the fixture ends no transaction');
}
