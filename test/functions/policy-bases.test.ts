import { expect, test } from 'vitest';
import { buildImage } from '#shared/oci';
import { savePolicy } from '#shared/policy';
import { policyPorts } from '../../functions/policy-ports.ts';
import { world } from '../shared/findings/world.ts';
import { layerOf } from '../shared/inventory/images.ts';

const basesUnder = async (text: string): Promise<readonly string[]> => {
  const made = world({ records: [] });
  const image = buildImage({ layers: [layerOf({ 'etc/os-release': 'ID=debian\nVERSION_ID=12\n' })] });
  for (const repository of ['bases/debian', 'bases/node', 'bases/old/node', 'shop']) {
    made.push(repository, '1', image);
    await made.scan(repository, '1');
  }
  const saved = await savePolicy(made.table, text, { by: 'ann', now: new Date('2026-01-01T00:00:00Z') });
  expect(saved.saved).toBe(true);
  return (await policyPorts(made.table, 'registry.test').planning()).bases;
};

test.each([
  ['bases: [bases/debian]', ['registry.test/bases/debian']],
  ['bases: ["bases/*"]', ['registry.test/bases/debian', 'registry.test/bases/node']],
  [
    'bases: ["registry.test/bases/**"]',
    ['registry.test/bases/debian', 'registry.test/bases/node', 'registry.test/bases/old/node'],
  ],
  ['bases: ["other.test/bases/*", unread/base]', ['registry.test/unread/base']],
  ['bases: [bases/node, "**/node"]', ['registry.test/bases/node', 'registry.test/bases/old/node']],
])('given %s, then the bases are the repositories that it names of those that were read', async (text, expected) => {
  expect(await basesUnder(text)).toEqual(expected);
});
