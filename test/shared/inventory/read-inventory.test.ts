import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  decodeFacts,
  encodeFacts,
  extractorsVersion,
  FactsCorrupt,
  type FactsStore,
  type LayerFacts,
  LayersMissing,
  mergeLayers,
  packageSets,
  readInventory,
} from '#shared/inventory';
import {
  type BuiltLayer,
  buildImage,
  type Digest,
  DigestMismatch,
  type ImageConfig,
  type ImageSource,
  readImages,
} from '#shared/oci';
import { factsOf, imageOf, layerOf, named, osRelease, stanza, type Tree } from './images.ts';

const base: Tree = {
  'etc/os-release': osRelease.debian12,
  'var/lib/dpkg/status': stanza('bash', '5.2') + stanza('libssl3', '3.0.11-1~deb12u1', { Source: 'openssl' }),
};
const app: Tree = {
  'srv/node_modules/lodash/package.json': '{"name":"lodash","version":"4.17.20"}',
  'srv/big': 'x'.repeat(100_000),
};

/** Facts in memory, by the bytes that a store would keep. */
function memoryFacts(): FactsStore & { readonly kept: Map<string, Buffer> } {
  const kept = new Map<string, Buffer>();
  return {
    kept,
    async get(blob, extractors) {
      const bytes = kept.get(`${blob} ${extractors}`);
      return bytes === undefined ? undefined : decodeFacts(bytes);
    },
    async put(facts) {
      kept.set(`${facts.blob} ${facts.extractors}`, await encodeFacts(facts));
    },
  };
}

/** A source that counts the blobs that are asked for. */
function counting(source: ImageSource): ImageSource & { readonly asked: Digest[] } {
  const asked: Digest[] = [];
  return {
    ...source,
    asked,
    blob(descriptor, options) {
      asked.push(descriptor.digest);
      return source.blob(descriptor, options);
    },
  };
}

async function opened(layers: readonly BuiltLayer[], config: Partial<ImageConfig> = {}) {
  const source = counting(buildImage({ layers, config }).source);
  const { images } = await readImages(source);
  source.asked.length = 0;
  return { source, image: images[0]! };
}

describe('reading an image', () => {
  test('given an image, then its layers are read once, and a second image on the base fetches only its own', async () => {
    const [bottom, top, other] = [layerOf(base), layerOf(app), layerOf({ 'srv/other': 'y' })];
    const facts = memoryFacts();
    const first = await opened([bottom, top]);
    const one = await readInventory({ ...first, facts });
    expect(one).toMatchObject({ layersRead: 2, layersReused: 0, bytesFetched: bottom.bytes.length + top.bytes.length });
    const second = await opened([bottom, other]);
    const two = await readInventory({ ...second, facts });
    expect(two).toMatchObject({ layersRead: 1, layersReused: 1, bytesFetched: other.bytes.length });
    expect(second.source.asked).toEqual([other.descriptor.digest]);
    expect(named(two.inventory)).toEqual(['bash@5.2', 'libssl3@3.0.11-1~deb12u1']);
    expect(packageSets(two.inventory)).toEqual([packageSets(one.inventory)[0]]);
    expect(one.inventory.extractors).toBe(extractorsVersion);
  });

  test('given facts from the store, then the inventory is the same as from reading', async () => {
    const layers = [
      layerOf(base),
      layerOf(app),
      layerOf({ 'srv/node_modules': null, 'bin/sh': { content: '#!x', mode: 0o755 } }),
    ];
    const facts = memoryFacts();
    const read = await readInventory({ ...(await opened(layers)), facts });
    const reused = await readInventory({ ...(await opened(layers)), facts });
    expect(reused.layersReused).toBe(3);
    expect(reused.inventory).toEqual(read.inventory);
  });

  test('given damaged or foreign facts, then the layer is read again', async () => {
    const layer = layerOf(base);
    const wrong = await factsOf(layerOf(app));
    for (const answer of [
      () => Promise.reject(new FactsCorrupt('facts', 'torn')),
      () => Promise.resolve(wrong),
      () => Promise.resolve({ ...wrong, blob: layer.descriptor.digest, extractors: 'older' }),
    ]) {
      const put: LayerFacts[] = [];
      const result = await readInventory({
        ...(await opened([layer])),
        facts: { get: answer, put: async (facts) => void put.push(facts) },
      });
      expect(result.layersRead).toBe(1);
      expect(put.map(({ blob }) => blob)).toEqual([layer.descriptor.digest]);
    }
  });

  test('given a store that fails, then that is told', async () => {
    const facts: FactsStore = { get: async () => Promise.reject(new Error('throttled')), put: async () => {} };
    await expect(readInventory({ ...(await opened([layerOf(base)])), facts })).rejects.toThrow('throttled');
  });

  test('given a store that cannot keep, then that is told', async () => {
    const facts: FactsStore = { get: async () => undefined, put: async () => Promise.reject(new Error('full')) };
    const layers = [layerOf(base), layerOf(app), layerOf({ 'srv/other': 'y' })];
    await expect(readInventory({ ...(await opened(layers)), facts })).rejects.toThrow('full');
  });

  test('given a damaged layer and a store that fails later, then the damage is told', async () => {
    const [good, bad] = [layerOf(base), layerOf(app)];
    const built = buildImage({ layers: [good, bad] });
    const blobs = built.blobs as Map<Digest, Buffer>;
    blobs.set(bad.descriptor.digest, Buffer.concat([bad.bytes.subarray(0, -1), Buffer.from([7])]));
    const { images } = await readImages(built.source);
    const keeping = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();
    const source: ImageSource = {
      ...built.source,
      async blob(descriptor, options) {
        options?.signal?.addEventListener('abort', () => stopped.resolve());
        if (descriptor.digest === bad.descriptor.digest) await keeping.promise;
        return built.source.blob(descriptor, options);
      },
    };
    const facts: FactsStore = {
      get: async () => undefined,
      async put() {
        keeping.resolve();
        await stopped.promise;
        throw new Error('throttled');
      },
    };
    await expect(readInventory({ image: images[0]!, source, facts })).rejects.toThrow(DigestMismatch);
  });

  test('given a store that takes its time, then layers are read meanwhile, and all are kept in the end', async () => {
    const all = Promise.withResolvers<void>();
    const kept: Digest[] = [];
    let begun = 0;
    const facts: FactsStore = {
      get: async () => undefined,
      async put({ blob }) {
        begun += 1;
        if (begun === 3) all.resolve();
        await all.promise;
        await turn();
        kept.push(blob);
      },
    };
    const layers = [layerOf(base), layerOf(app), layerOf({ 'srv/other': 'y' })];
    const { layersRead } = await readInventory({ ...(await opened(layers)), facts });
    expect([layersRead, kept.length]).toEqual([3, 3]);
  });

  test('given a config that claims the diffIDs of a clean base, then what is found does not change', async () => {
    const [clean, dirty] = [layerOf({ 'etc/os-release': osRelease.debian12 }), layerOf(base)];
    const facts = memoryFacts();
    await readInventory({ ...(await opened([clean])), facts });
    const honest = await readInventory({ ...(await opened([dirty])), facts });
    const lying = await readInventory({ ...(await opened([dirty], { diffIds: [clean.diffId] })), facts });
    expect(lying.inventory.packages).toEqual(honest.inventory.packages);
    expect(lying.inventory.packages).toHaveLength(2);
  });

  test('given one layer that is not what its digest says, then nothing of the image is believed, and good layers are kept', async () => {
    const random = Array.from({ length: 20_000 }, (_, index) => index).join();
    const good = [layerOf({ ...base, 'srv/random': random }), layerOf({ ...app, 'srv/random': random })];
    // the smallest is read last, after one of the others
    const bad = layerOf({ 'srv/bad': 'x' });
    const built = buildImage({ layers: [...good, bad] });
    const blobs = built.blobs as Map<Digest, Buffer>;
    blobs.set(bad.descriptor.digest, Buffer.concat([bad.bytes.subarray(0, -1), Buffer.from([7])]));
    const { images } = await readImages(built.source);
    const kept: Digest[] = [];
    const facts: FactsStore = {
      get: async () => undefined,
      async put({ blob }) {
        for (let turns = 0; turns < 100; turns += 1) await turn();
        kept.push(blob);
      },
    };
    const reading = readInventory({ image: images[0]!, source: built.source, facts });
    await expect(reading).rejects.toThrow(DigestMismatch);
    expect(kept.length).toBeGreaterThan(0);
    expect(good.map(({ descriptor }) => descriptor.digest)).toEqual(expect.arrayContaining(kept));
  });

  test('given the same layer twice and empty layers, then each blob is fetched once', async () => {
    const [layer, empty] = [layerOf(base), layerOf({})];
    const { source, image } = await opened([layer, empty, layer, empty]);
    const { inventory, layersRead } = await readInventory({ image, source });
    expect([layersRead, source.asked.length]).toEqual([2, 2]);
    expect(inventory.layers).toHaveLength(4);
    expect(packageSets(inventory)).toHaveLength(1);
  });

  test('given a Windows image, then it is unsupported by name and nothing is fetched', async () => {
    const { source, image } = await opened([layerOf(base)]);
    const { inventory } = await readInventory({
      source,
      image: { ...image, config: { ...image.config, os: 'windows' } },
    });
    expect(inventory.coverage).toMatchObject({ state: 'unsupported', reasons: [{ code: 'unsupported-image' }] });
    expect(source.asked).toEqual([]);
  });

  test('given progress, then it counts up to what was fetched', async () => {
    const { source, image } = await opened([layerOf(base), layerOf(app)]);
    const seen: number[] = [];
    const { bytesFetched } = await readInventory({
      source,
      image,
      onProgress: (progress) => seen.push(progress.bytesFetched),
    });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(bytesFetched);
  });

  test('given three layers for two readers, then both say that nothing is left to them, the last one when all is read', async () => {
    const { source, image } = await opened([layerOf(base), layerOf(app), layerOf({ 'srv/other': 'y' })]);
    let read = 0;
    const seen: number[] = [];
    await readInventory({
      source,
      image,
      onProgress: ({ layersRead }) => {
        read = layersRead;
      },
      onNothingLeft: () => seen.push(read),
    });
    expect(seen).toHaveLength(2);
    expect(seen.at(-1)).toBe(3);
  });

  test('given a signal, then reading stops', async () => {
    const { source, image } = await opened([layerOf(base)]);
    await expect(readInventory({ source, image, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });

  test('given history, then layers have the commands that made them; given one that does not add up, then none', async () => {
    const layers = [layerOf(base), layerOf(app)];
    const history = [
      { createdBy: 'ADD rootfs', emptyLayer: false },
      { createdBy: 'ENV A=1', emptyLayer: true },
      { createdBy: 'RUN npm ci', emptyLayer: false },
    ];
    const { inventory } = await readInventory(await opened(layers, { history }));
    expect(inventory.layers.map(({ createdBy }) => createdBy)).toEqual(['ADD rootfs', 'RUN npm ci']);
    const short = await readInventory(await opened(layers, { history: history.slice(0, 2) }));
    expect(short.inventory.layers.map(({ createdBy }) => createdBy)).toEqual([undefined, undefined]);
  });

  test('given facts of other layers, then merging refuses', async () => {
    const image = await imageOf([layerOf(base), layerOf(app)]);
    const facts = [await factsOf(layerOf(app)), await factsOf(layerOf(base))];
    expect(() => mergeLayers({ image, facts })).toThrow(LayersMissing);
    expect(() => mergeLayers({ image, facts: facts.slice(1) })).toThrow(LayersMissing);
  });
});
