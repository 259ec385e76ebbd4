import { describe, expect, test } from 'vitest';
import type { AdvisorySource } from '#shared/advisories';
import { makeZip } from '../shared/advisories/make-zip.ts';

/** What a source under test serves: ecosystem -> its archive, or its loose records by id where the adapter can serve them. */
export type Served = Readonly<Record<string, Buffer | Readonly<Record<string, string>>>>;

/** Makes a source over what is served; `serve` replaces it as a publisher would. */
export interface SourceUnderTest {
  readonly source: AdvisorySource;
  serve(served: Served): Promise<void>;
  close(): Promise<void>;
}

const record = (id: string): string => JSON.stringify({ id, modified: '2024-01-01T00:00:00Z', affected: [] });
const zipOf = (...ids: readonly string[]): Buffer =>
  makeZip(ids.map((id) => ({ name: `${id}.json`, bytes: Buffer.from(record(id)) })));

async function idsOf(source: AdvisorySource, ecosystem: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id, bytes } of source.records(ecosystem)) {
    expect(JSON.parse(bytes.toString('utf8'))).toMatchObject({ id });
    ids.push(id);
  }
  return ids.sort();
}

/** The suite that every adapter of AdvisorySource passes. */
export function advisorySourceContract(name: string, make: () => Promise<SourceUnderTest>): void {
  const using = async (served: Served, check: (subject: SourceUnderTest) => Promise<void>): Promise<void> => {
    const subject = await make();
    try {
      await subject.serve(served);
      await check(subject);
    } finally {
      await subject.close();
    }
  };

  describe(`${name} is an advisory source`, () => {
    test('names its ecosystems and gives every record once', () =>
      using({ npm: zipOf('GHSA-1', 'GHSA-2'), 'Rocky Linux': zipOf('RLSA-2023:1') }, async ({ source }) => {
        expect(await source.ecosystems()).toEqual(['Rocky Linux', 'npm']);
        expect(await idsOf(source, 'npm')).toEqual(['GHSA-1', 'GHSA-2']);
        expect(await idsOf(source, 'Rocky Linux')).toEqual(['RLSA-2023:1']);
        expect(source.describe).not.toBe('');
      }));

    test('an ecosystem that it does not hold has no records and no stamp', () =>
      using({ npm: zipOf('GHSA-1') }, async ({ source }) => {
        expect(await idsOf(source, 'PyPI')).toEqual([]);
        expect(await source.modified('PyPI')).toBeUndefined();
      }));

    test.each(['../npm', '..', 'a/b', 'a\\b', '', '.hidden', 'npm\n'])(
      '%j is no ecosystem and reaches nothing',
      (ecosystem) =>
        using({ npm: zipOf('GHSA-1') }, async ({ source }) => {
          expect(await idsOf(source, ecosystem)).toEqual([]);
          expect(await source.modified(ecosystem)).toBeUndefined();
        }),
    );

    test('the stamp stays while nothing changes and moves with the publication', () =>
      using({ npm: zipOf('GHSA-1') }, async ({ source, serve }) => {
        const first = await source.modified('npm');
        expect(first).toEqual(expect.any(String));
        await idsOf(source, 'npm');
        expect(await source.modified('npm')).toBe(first);
        await serve({ npm: zipOf('GHSA-1', 'GHSA-3') });
        expect(await source.modified('npm')).not.toBe(first);
        expect(await idsOf(source, 'npm')).toEqual(['GHSA-1', 'GHSA-3']);
      }));

    test('an archive that is cut anywhere is refused, and serves again when it is whole', () =>
      using({ npm: zipOf('GHSA-1', 'GHSA-2') }, async ({ source, serve }) => {
        const whole = zipOf('GHSA-1', 'GHSA-2');
        for (const length of [0, 10, whole.length >> 1, whole.length - 1]) {
          await serve({ npm: whole.subarray(0, length) });
          await expect(idsOf(source, 'npm')).rejects.toMatchObject({ code: 'broken-archive' });
        }
        await serve({ npm: whole });
        expect(await idsOf(source, 'npm')).toEqual(['GHSA-1', 'GHSA-2']);
      }));

    test('an archive with a damaged record is refused', () =>
      using({}, async ({ source, serve }) => {
        const damaged = makeZip([{ name: 'GHSA-1.json', bytes: Buffer.from(record('GHSA-1')), store: true }]);
        damaged.write('X', 50);
        await serve({ npm: damaged });
        await expect(idsOf(source, 'npm')).rejects.toMatchObject({ code: 'broken-archive' });
      }));

    test('files of the archive that are no records are passed over', () =>
      using({}, async ({ source, serve }) => {
        await serve({
          npm: makeZip([
            { name: 'README.md', bytes: Buffer.from('x') },
            { name: 'npm/GHSA-1.json', bytes: Buffer.from(record('GHSA-1')) },
          ]),
        });
        expect(await idsOf(source, 'npm')).toEqual(['GHSA-1']);
      }));
  });
}
