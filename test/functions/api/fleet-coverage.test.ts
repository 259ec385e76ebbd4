import { describe, expect, it } from 'vitest';
import { keepUnreadable, keepUnreadRunning, keepWorkload } from '#shared/findings';
import { extractorsVersion } from '#shared/inventory';
import { buildImage, buildIndex, buildLayer, type Digest, memorySource } from '#shared/oci';
import { fleetSentence } from '../../../cli/commands/status.ts';
import { fleetCoverage } from '../../../functions/api/fleet-coverage.ts';
import { checkout, storefront } from '../../../local/demo/images.ts';
import { heartbleed, workload, world } from '../../shared/findings/world.ts';
import { listedRegistry, readsAll, sweepWhole } from '../../shared/sweep/listed-registry.ts';

const xbps = buildImage({
  layers: [
    buildLayer([
      { path: 'etc/os-release', content: 'ID=void\n' },
      { path: 'var/db/xbps/pkgdb-0.38.plist', content: '<plist/>' },
    ]),
  ],
});
const never = (letter: string): Digest => `sha256:${letter.repeat(64)}`;

/** A fleet whose clock a test moves, so that a pace is what the test says. */
const setUp = () => {
  const made = world({ records: [heartbleed] });
  let at = Date.parse('2026-01-01T00:00:00Z');
  const now = () => new Date(at);
  const ports = { ...made.ports, now };
  const { coverage } = fleetCoverage(ports);
  return {
    made,
    wait: (seconds: number) => {
      at += seconds * 1_000;
    },
    read: async (repository: string, image: ReturnType<typeof buildImage>) => {
      const digest = made.push(repository, '1', image);
      await made.scan(repository, '1');
      return digest;
    },
    run: (name: string, digest: Digest) =>
      keepWorkload(made.table, workload(name, `registry.test/${name}:1`, digest, now().toISOString())),
    coverage,
    sentence: async () =>
      fleetSentence({ fleet: { ...(await coverage()), unsupportedFor: [...(await coverage()).unsupportedFor] } }),
    ports,
  };
};

describe('how much of what runs is known', () => {
  it('says what was read, what is unsupported and for what, and that the time left is unknown before there is a pace', async () => {
    const { run, read, sentence } = setUp();
    await run('checkout', await read('checkout', checkout('1', 'vulnerable').image));
    await run('void', await read('void', xbps));
    await run('web', never('a'));
    expect(await sentence()).toBe(
      '2 of 3 running images read, 1 in part, 1 unsupported (xbps), time left unknown (too little was read so far to know the pace); 3 workloads',
    );
  });

  it('counts a damaged platform as unsupported, and what can never be read apart', async () => {
    const { run, made, sentence, coverage } = setUp();
    const index = buildIndex([{ image: xbps }, { image: checkout('1', 'vulnerable').image }]);
    const blobs = new Map(index.blobs);
    blobs.set(xbps.descriptor.digest, Buffer.from('{}'));
    made.push('app', '1', { ...index, source: memorySource(blobs, index.descriptor) });
    await made.scan('app', '1');
    await run('app', index.descriptor.digest);
    await run('gone', never('b'));
    const refused = { registry: 'registry.test', repository: 'gone', digest: never('b'), code: 'not-found', text: '' };
    await keepUnreadable(made.table, { ...refused, at: '2026-01-01T00:00:00Z' });
    expect(await sentence()).toBe('1 of 2 running images read, 1 unsupported (damaged), 1 unreadable; 2 workloads');
    expect(await coverage()).toMatchObject({ unread: [], unreadable: 1 });
  });

  it('estimates the rest by the sizes that the sweep listed, at the pace of what was read since', async () => {
    const { run, read, made, ports, wait, sentence, coverage } = setUp();
    const images = [checkout('1', 'vulnerable').image, storefront('1', 'vulnerable').image];
    const weights: number[] = [];
    for (const image of images) {
      await run(`s${weights.length}`, await read(`s${weights.length}`, image));
      weights.push([...image.blobs.values()].reduce((sum, blob) => sum + blob.length, 0));
    }
    await run('big', never('c'));
    const before = (await coverage()).leftUnknown;
    expect(before).toBe('too little was read so far to know the pace');
    // what was read weighs so much, and took a minute: six times as much takes six
    const heads = await Promise.all(
      images.map((image) => made.table.get({ pk: `I#${image.descriptor.digest}`, sk: 'A' })),
    );
    const done = heads.reduce((sum, head) => sum + Number(head?.bytes), 0);
    await sweepWhole({
      ...ports,
      catalogue: listedRegistry([
        { registry: 'registry.test', repository: 'big', digest: never('c'), tags: ['1'], bytes: done * 6 },
      ]),
      policy: async () => ({ ...readsAll, images: 'running' }),
      extractors: extractorsVersion,
      want: async () => {},
    });
    const began = Math.min(...heads.map((head) => Date.parse(String(head?.readAt))));
    wait((began + 60_000 - ports.now().getTime()) / 1_000);
    expect(await sentence()).toBe('2 of 3 running images read, 2 in part, 6 min left; 3 workloads');
    wait(3_600);
    expect((await coverage()).leftUnknown).toBe('nothing was read in the last 15 min');
  });

  it('keeps as many sizes as a row holds', async () => {
    const { made } = setUp();
    const many = Array.from({ length: 10_000 }, (_, n) => ({
      digest: `sha256:${String(n).padStart(64, '0')}`,
      bytes: 52e9,
    }));
    await keepUnreadRunning(made.table, many, '2026-01-01T00:00:00Z');
    const row = await made.table.get({ pk: 'SWEEP', sk: '!unread' });
    expect(JSON.stringify(row).length).toBeLessThan(390_000);
  });
});

describe('the sentence of drydock status', () => {
  const fleet = {
    workloads: 40,
    runningImages: 212,
    read: 137,
    partial: 0,
    unsupported: 4,
    unsupportedFor: ['rpm'],
    unreadable: 0,
  };

  it.each([
    [{ secondsLeft: 360 }, '137 of 212 running images read, 4 unsupported (rpm), 6 min left; 40 workloads'],
    [{ secondsLeft: 20 }, '137 of 212 running images read, 4 unsupported (rpm), a minute left; 40 workloads'],
    [{ secondsLeft: 10_800 }, '137 of 212 running images read, 4 unsupported (rpm), 3 h left; 40 workloads'],
    [{}, '137 of 212 running images read, 4 unsupported (rpm), time left unknown; 40 workloads'],
    [{ read: 212 }, '212 of 212 running images read, 4 unsupported (rpm); 40 workloads'],
    [{ workloads: 0 }, 'nothing runs that Drydock knows of'],
  ])('says of %j what is known', (more, sentence) => {
    expect(fleetSentence({ fleet: { ...fleet, ...more } })).toBe(sentence);
  });
});
