import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EvidenceDraft, extractors } from '#shared/inventory';
import { damage } from './damage.ts';
import { fileSamples, programSamples } from './evidence-samples.ts';
import { factsOf, layerOf } from './images.ts';

// cut-evidence.test.ts holds that every extractor that there is has a sample: a new one is damaged here without a further line

const plain = /^[\x21-\x7e]+$/;

/** That nothing but plain text is kept as what decides, and nothing invisible as what people read. */
function expectPlain(drafts: readonly EvidenceDraft[]): void {
  for (const draft of drafts) {
    if (draft.kind === 'trouble') expect(draft.text).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]{10,600}$/u);
    if (draft.kind !== 'packages') continue;
    for (const { name, version, source, sourceVersion, architecture, module, qualifiers } of draft.packages) {
      for (const text of [name, version, source, sourceVersion, architecture, module]) {
        if (text === undefined) continue;
        expect(text).toMatch(plain);
        expect(text).not.toMatch(/[<>"'`|&;]/);
      }
      for (const value of Object.values(qualifiers ?? {})) expect(value).toMatch(plain);
    }
  }
}

describe('damaged evidence', () => {
  test.each(fileSamples)(
    'given what %s reads at %s with any damage, then it is read or refused by a text that names the file',
    (name, path, bytes) => {
      const extractor = extractors.find((one) => one.name === name);
      const base = path.slice(path.lastIndexOf('/') + 1);
      fc.assert(
        fc.property(damage(bytes), (content) => {
          let drafts: readonly EvidenceDraft[];
          try {
            drafts = extractor?.read({ path, base, size: content.length, mode: 0o644, bytes: content }) ?? [];
          } catch (error) {
            // the path, what is wrong, and what to do; never a parser's own words
            expect(error).toMatchObject({ code: 'unreadable-evidence', about: path });
            return;
          }
          expectPlain(drafts);
        }),
        { numRuns: 300 },
      );
    },
  );

  test.each(programSamples)(
    'given what %s reads at %s with any damage, then its layer is read, and what is told names the file',
    async (_, path, bytes) => {
      await fc.assert(
        fc.asyncProperty(damage(bytes), async (content) => {
          const { evidence, state } = await factsOf(layerOf({ [path]: { content, mode: 0o755 } }));
          expect(state).toBe('whole');
          expectPlain(evidence);
          for (const fact of evidence) expect(fact.path).toBe(path);
        }),
        { numRuns: 200 },
      );
    },
  );
});
