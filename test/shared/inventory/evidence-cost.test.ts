import { expect, test } from 'vitest';
import { factsOf, layerOf } from './images.ts';

test('given packages that state long licences, then those count towards what may be kept of a layer', async () => {
  const licenses = Array.from({ length: 20 }, (_, index) => `${index} ${'x'.repeat(190)}`);
  const installed = (stated: readonly string[]) => ({
    'vendor/composer/installed.json': JSON.stringify({
      packages: Array.from({ length: 10 }, (_, index) => ({ name: `a/p${index}`, version: '1.0', license: stated })),
    }),
  });
  const limits = { maxRetainedBytes: 10_000 };
  expect(await factsOf(layerOf(installed(['MIT'])), limits)).toMatchObject({ state: 'whole' });
  expect(await factsOf(layerOf(installed(licenses)), limits)).toMatchObject({
    state: 'partial',
    reasons: [{ code: 'limit', text: expect.stringContaining('maxRetainedBytes') }],
  });
});
