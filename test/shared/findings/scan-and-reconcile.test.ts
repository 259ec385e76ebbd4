import { describe, expect, it } from 'vitest';
import {
  findingsOfImage,
  listProblems,
  readImageHead,
  readProblem,
  reconcileWorkload,
  rematch,
  severityCounts,
} from '#shared/findings';
import { buildImage, buildLayer, type Digest } from '#shared/oci';
import { memoryBlobs, memoryTable } from '#shared/store';
import { checkout } from '../../../local/demo/images.ts';
import { faultyTable } from '../../faults/table.ts';
import { dsa, heartbleed, shellshock, world } from './world.ts';

const names = async (made: ReturnType<typeof world>, digest: Digest) => {
  const head = await readImageHead(made.table, digest, { consistent: true });
  if (head === undefined) return [];
  return (await findingsOfImage(made.ports, head)).findings
    .map((finding) => `${finding.vulnerability} ${finding.key.name}`)
    .sort();
};

const heartbleedKey = { finding: 'DSA-2896-1', shard: 'Debian:7', name: 'openssl' };
const found = ['CVE-2014-0160 libssl1.0.0', 'CVE-2014-0160 openssl', 'CVE-2014-6271 bash'];

describe('an image on its way through the store', () => {
  it('keeps what is noise in it apart: judged and shown with why, counted, and told to nobody', async () => {
    const headers = dsa('DSA-9-1', 'linux', '3.2.60-1', ['CVE-2014-1']);
    const made = world({ records: [heartbleed, headers] });
    const status = (name: string, source: string, version: string) =>
      `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nSource: ${source}\nVersion: ${version}\n\n`;
    const layer = buildLayer([
      { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="7"\n' },
      {
        path: 'var/lib/dpkg/status',
        content: status('linux-libc-dev', 'linux', '3.2.57-3') + status('libssl1.0.0', 'openssl', '1.0.1e-2'),
      },
    ]);
    const digest = made.push('shop', '1', buildImage({ layers: [layer] }));
    await made.scan('shop', '1');
    const head = await readImageHead(made.table, digest);
    const { findings } = await findingsOfImage(made.ports, head!);
    expect(findings.map((finding) => [finding.key.name, finding.hidden?.replace(/,.*/, '')])).toEqual([
      ['libssl1.0.0', undefined],
      ['linux-libc-dev', 'it is the headers of a kernel'],
    ]);
    expect(severityCounts(findings)).toMatchObject({ high: 1, fixable: 1, hidden: 1 });

    await made.run('shop', 'shop', digest);
    await reconcileWorkload(made.ports, '1/local/demo/shop');
    const problems: string[] = [];
    for await (const problem of listProblems(made.table)) problems.push(problem.vulnerability);
    expect(problems).toEqual(['CVE-2014-0160']);
  });

  it('is read, judged, and exposed where it runs', async () => {
    const made = world({ records: [heartbleed, shellshock] });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    const result = await made.scan('checkout', '1');
    expect(result.images[0]).toMatchObject({ layersRead: 2, layersReused: 0 });
    expect(await names(made, digest)).toEqual(found);
    await made.run('checkout', 'checkout', digest);
    await reconcileWorkload(made.ports, '1/local/demo/checkout');
    expect(await readProblem(made.table, heartbleedKey)).toMatchObject({
      state: 'open',
      vulnerability: 'CVE-2014-0160',
      workloads: ['1/local/demo/checkout'],
      packages: ['libssl1.0.0 1.0.1e-2', 'openssl 1.0.1e-2'],
      fixedIn: '1.0.1e-2+deb7u5',
      severity: { level: 'high', score: 7.5 },
    });
    expect(
      made.told
        .flatMap((change) => change.transitions.map((entry) => `${entry.transition} ${change.problem.vulnerability}`))
        .sort(),
    ).toEqual(['NEW CVE-2014-0160', 'NEW CVE-2014-6271']);
  });

  it('reads no layer twice, and says the same when everything is repeated', async () => {
    const made = world({ records: [heartbleed, shellshock] });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    await made.scan('checkout', '1');
    await made.run('checkout', 'checkout', digest);
    await reconcileWorkload(made.ports, '1/local/demo/checkout');
    const told = made.told.length;
    const again = await made.scan('checkout', '1');
    expect(again.images[0]).toMatchObject({ layersRead: 0, layersReused: 2, bytesFetched: 0 });
    await reconcileWorkload(made.ports, '1/local/demo/checkout');
    expect(made.told.length).toBe(told);
    expect(await names(made, digest)).toEqual(found);
  });

  it('keeps reading by what was served: claimed diffIDs of a clean base change nothing', async () => {
    const made = world({ records: [heartbleed, shellshock] });
    const honest = checkout('1', 'vulnerable');
    const clean = checkout('2', 'patched').image;
    made.push('checkout', '2', clean);
    await made.scan('checkout', '2');
    const liar = buildImage({
      layers: await layersOf(honest.image),
      config: { diffIds: [`sha256:${'0'.repeat(64)}`, `sha256:${'1'.repeat(64)}`] },
    });
    const digest = made.push('checkout', 'liar', liar);
    await made.scan('checkout', 'liar');
    expect(await names(made, digest)).toEqual(found);
  });

  it('resolves when the workload runs the patched image, and reopens when it goes back', async () => {
    const made = world({ records: [heartbleed] });
    const old = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    const fixed = made.push('checkout', '2', checkout('2', 'patched').image);
    await made.scan('checkout', '1');
    await made.scan('checkout', '2');
    for (const digest of [old, fixed, old]) {
      await made.run('checkout', 'checkout', digest);
      await reconcileWorkload(made.ports, '1/local/demo/checkout');
    }
    expect(made.told.map((change) => change.transitions.map((entry) => entry.transition))).toEqual([
      ['NEW'],
      ['RESOLVED'],
      ['REOPENED'],
    ]);
  });

  it('follows an advisory that changes, without reading the image again', async () => {
    const made = world({ records: [heartbleed] });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    await made.scan('checkout', '1');
    await made.run('checkout', 'checkout', digest);
    await reconcileWorkload(made.ports, '1/local/demo/checkout');
    made.book.turn([dsa('DSA-2896-1', 'openssl', '1.0.1e-1', ['CVE-2014-0160']), shellshock]);
    const first = await rematch(made.ports, [{ shard: 'Debian:7', names: ['openssl', 'bash', 'nothing-has-this'] }]);
    expect(first).toEqual({ judged: 3, differ: 3, workloads: ['1/local/demo/checkout'] });
    for (const id of first.workloads) await reconcileWorkload(made.ports, id);
    const [before, ...after] = made.told.flatMap((change) =>
      change.transitions.map((entry) => `${entry.transition} ${change.problem.vulnerability}`),
    );
    expect(before).toBe('NEW CVE-2014-0160');
    expect(after.sort()).toEqual(['NEW CVE-2014-6271', 'WITHDRAWN CVE-2014-0160']);
    expect(await rematch(made.ports, [{ shard: 'Debian:7', names: ['openssl', 'bash'] }])).toMatchObject({ differ: 0 });
  });
});

describe('a scan that races', () => {
  it('a re-match: whichever write comes last, the newest advisories are what is kept', async () => {
    for (let turnAt = 0; turnAt < 40; turnAt += 1) {
      const inner = memoryTable();
      let turned = false;
      const table = faultyTable(inner, {
        seed: 1,
        beforeWrite: (write) => {
          if (write === turnAt && !turned) {
            turned = true;
            made.book.turn([heartbleed, shellshock]);
          }
        },
      });
      const made = world({ records: [heartbleed], table });
      const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
      await made.scan('checkout', '1');
      if (!turned) break;
      await rematch(made.ports, [{ shard: 'Debian:7', names: ['bash'] }]);
      expect(await names(made, digest), `advisories turned before write ${turnAt}`).toEqual(found);
    }
  });

  it('another scan of the same image: both agree', async () => {
    const made = world({ records: [heartbleed, shellshock] });
    const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
    await Promise.all([made.scan('checkout', '1'), made.scan('checkout', '1'), made.scan('checkout', '1')]);
    expect(await names(made, digest)).toEqual(found);
  });
});

describe('a store that fails', () => {
  it('crashes before any write: the repeated event completes what was begun, and nothing is told too few times', async () => {
    let crashes = 0;
    for (let crashAt = 0; ; crashAt += 1) {
      let crashed = false;
      const table = faultyTable(memoryTable(), {
        seed: 1,
        beforeWrite: (write) => {
          if (write === crashAt && !crashed) {
            crashed = true;
            throw new Error('crash');
          }
        },
      });
      const made = world({ records: [heartbleed, shellshock], table });
      const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
      const whole = async () => {
        await made.scan('checkout', '1');
        await made.run('checkout', 'checkout', digest);
        await reconcileWorkload(made.ports, '1/local/demo/checkout');
      };
      await whole().catch(whole);
      expect(await names(made, digest), `crash before write ${crashAt}`).toEqual(found);
      const told = new Set(
        made.told.flatMap((change) =>
          change.transitions.map((entry) => `${entry.transition} ${change.problem.vulnerability}`),
        ),
      );
      expect(told, `crash before write ${crashAt}`).toEqual(new Set(['NEW CVE-2014-0160', 'NEW CVE-2014-6271']));
      if (!crashed) break;
      crashes += 1;
    }
    expect(crashes).toBeGreaterThan(15);
  });

  it('throttles, loses answers and reads stale: the end is the same', async () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const table = faultyTable(memoryTable(), { seed, stale: 0.3, throttled: 0.03, lost: 0.03, partial: 0.05 });
      const made = world({ records: [heartbleed, shellshock], table, blobs: memoryBlobs() });
      const digest = made.push('checkout', '1', checkout('1', 'vulnerable').image);
      const insist = async (work: () => Promise<unknown>) => {
        for (let attempt = 0; attempt < 60; attempt += 1) {
          if (attempt === 59) table.quiet();
          const failed = await work().then(
            () => false,
            () => true,
          );
          if (!failed) return;
        }
      };
      await insist(() => made.scan('checkout', '1'));
      await insist(() => made.run('checkout', 'checkout', digest));
      await insist(() => reconcileWorkload(made.ports, '1/local/demo/checkout'));
      table.quiet();
      expect(await names(made, digest)).toEqual(found);
      const problems = [];
      for await (const problem of listProblems(made.table))
        problems.push(`${problem.vulnerability} ${problem.state} ${problem.workloads.length}`);
      expect(problems.sort()).toEqual(['CVE-2014-0160 open 1', 'CVE-2014-6271 open 1']);
    }
  });
});

async function layersOf(image: ReturnType<typeof checkout>['image']) {
  const manifest = JSON.parse(image.blobs.get(image.descriptor.digest)!.toString('utf8'));
  return manifest.layers.map((descriptor: { digest: Digest }) => ({
    ...buildLayer([]),
    descriptor,
    bytes: image.blobs.get(descriptor.digest)!,
    diffId: descriptor.digest,
    createdBy: 'claimed',
  }));
}
