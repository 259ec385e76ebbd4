import { describe, expect, test } from 'vitest';
import { executableExtractors, extractors } from '#shared/inventory';
import { fileSamples, programSamples } from './evidence-samples.ts';
import { factsOf, inventoryOf, layerOf } from './images.ts';

/** What an extractor says of the file; what it throws counts as said. */
function said(name: string, path: string, bytes: Buffer): readonly string[] {
  const extractor = extractors.find((one) => one.name === name);
  const file = { path, base: path.slice(path.lastIndexOf('/') + 1), size: bytes.length, mode: 0o644 };
  expect(extractor?.wants(file), `${name} wants ${path}`).toBeDefined();
  try {
    return (extractor?.read({ ...file, bytes }) ?? []).map(({ kind }) => kind);
  } catch (error) {
    expect(error).toMatchObject({ code: 'unreadable-evidence', about: path });
    return ['unreadable'];
  }
}

/** What evidence is that is no list of packages, by its extractor. */
const kinds: ReadonlyMap<string, string> = new Map([
  ['packed', 'trouble'],
  ['package-note', 'bill'],
]);

describe('evidence that is cut in its middle', () => {
  test.each([
    ['files', fileSamples, extractors],
    ['executables', programSamples, executableExtractors],
  ])('given all extractors of %s that there are, then each has a sample', (_, samples, all) => {
    expect([...new Set(samples.map(([name]) => name))].sort()).toEqual(all.map(({ name }) => name).sort());
  });

  test.each(fileSamples)(
    'given what %s reads at %s, then the whole is read, and of a half something is said',
    (name, path, bytes) => {
      const whole = said(name, path, bytes);
      expect(whole).not.toEqual([]);
      expect(whole).not.toContain('unreadable');
      expect(said(name, path, bytes.subarray(0, bytes.length >> 1))).not.toEqual([]);
    },
  );

  test.each(programSamples)(
    'given what %s reads at %s, then the whole is read, and half a program makes no image clean',
    async (name, path, bytes) => {
      const [found] = (await factsOf(layerOf({ [path]: { content: bytes, mode: 0o755 } }))).evidence;
      expect(found?.kind).toBe(kinds.get(name) ?? 'packages');
      // larger than what is held of a program: it is found all the same, or told
      const large = Buffer.concat([bytes, Buffer.alloc(100_000)]);
      const limits = { maxExecutableBytes: 16_384 };
      const { evidence } = await factsOf(layerOf({ [path]: { content: large, mode: 0o755 } }), limits);
      expect(evidence).not.toEqual([]);
      const half = bytes.subarray(0, bytes.length >> 1);
      const { coverage } = await inventoryOf({ [path]: { content: half, mode: 0o755 } });
      expect(coverage.state).toBe('partial');
    },
  );
});
