import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readInventory } from '#shared/inventory';
import { buildImage, endIdleThreads, type ImageSource } from '#shared/oci';
import { imageOf, layerOf } from './images.ts';

test('of two large layers at once in files, each has a thread of its own only where there is a core for it; of two streams always', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'drydock-threads-'));
  const layers = ['a', 'b'].map((name) => layerOf({ [`srv/${name}`]: randomBytes(5 << 20) }));
  const image = await imageOf(layers);
  const { source } = buildImage({ layers });
  const inFiles: ImageSource = {
    ...source,
    async found({ digest }) {
      const bytes = layers.find(({ descriptor }) => descriptor.digest === digest)?.bytes ?? Buffer.alloc(0);
      const file = path.join(folder, digest.replace(':', '-'));
      writeFileSync(file, bytes);
      return { file, offset: 0, bytes: bytes.length };
    },
  };
  const threadsFor = async (from: ImageSource): Promise<number> => {
    let threads = 0;
    const count = (): void => {
      threads += 1;
    };
    endIdleThreads();
    process.on('worker', count);
    try {
      const { inventory } = await readInventory({ image, source: from });
      expect(inventory.layers).toHaveLength(2);
    } finally {
      process.off('worker', count);
    }
    return threads;
  };
  try {
    expect(await threadsFor(inFiles)).toBe(Math.min(2, Math.max(1, availableParallelism() - 1)));
    expect(await threadsFor(source)).toBe(2);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
