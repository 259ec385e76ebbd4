import { describe, expect, it } from 'vitest';
import { readImageHead, scanImage } from '#shared/findings';
import type { Digest } from '#shared/oci';
import { imageOf, sweptWorld } from './swept-world.ts';

const vex = `sha256:${'e'.repeat(64)}` as Digest;
const registry = 'registry.test';

describe('VEX that was attached while its event was lost', () => {
  /** An image that was read, and VEX beside it that was pushed so many milliseconds after that. */
  const attached = async (after: number) => {
    const made = sweptWorld();
    const digest = made.push('app', '1', imageOf('left-pad'));
    await scanImage(made.ports, { registry, repository: 'app', tag: '1' });
    const head = await readImageHead(made.table, digest);
    const pushedAt = new Date(Date.parse(head!.readAt) + after).toISOString();
    made.listed.push({ registry, repository: 'app', digest: vex, tags: [], pushedAt, attachedTo: digest });
    return { ...made, digest };
  };
  const asked = ({ wanted }: Awaited<ReturnType<typeof attached>>): string[] => wanted.map(({ digest }) => digest);

  it('is taken by the next sweep, which asks for its image once, and never for the document itself', async () => {
    const made = await attached(60_000);
    await made.nights(1);
    expect(asked(made)).toEqual([made.digest]);
    await scanImage(made.ports, { registry, repository: 'app', digest: made.digest });
    await made.nights(1);
    expect(asked(made)).toEqual([made.digest]);
  });

  it('that was there when the image was read asks for nothing', async () => {
    const made = await attached(-60_000);
    await made.nights(1);
    expect(asked(made)).toEqual([]);
  });

  it('of an image that was never read waits for it', async () => {
    const made = await attached(60_000);
    made.listed.splice(0);
    const other = `sha256:${'f'.repeat(64)}` as Digest;
    made.listed.push({
      registry,
      repository: 'app',
      digest: vex,
      tags: [],
      pushedAt: '2030-01-01T00:00:00Z',
      attachedTo: other,
    });
    await made.nights(1);
    expect(asked(made)).toEqual([]);
  });
});
