import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { type BuiltLayer, buildImage, packLayer } from '#shared/oci';
import { appLayer } from './an-image.ts';
import { eventually } from './eventually.ts';
import { starterOf } from './own-starter.ts';
import { services } from './services.ts';
import type { ImageShape, PlansShape, ProblemsShape, RolloutsShape } from './shapes.ts';
import { dataFolder, endAll, type StackProcess, startProcess } from './stack-process.ts';

// A real Debian, as its own tools install it from its own archive: made here and forgotten. It takes the network, root and debootstrap; without them it is
// said loudly that this was not tried.

const run = promisify(execFile);
const osv = path.join(import.meta.dirname, '../../../shared/data/osv');
const mirror = 'http://deb.debian.org';

let work: string | undefined;

afterAll(async () => {
  await endAll();
  if (work !== undefined) await rm(work, { recursive: true, force: true });
});

interface Release {
  readonly installed: ReadonlyMap<string, string>;
  readonly layer: BuiltLayer;
}

/** Bookworm as its installer has it, and the same after its security updates; or why that cannot be made here. */
async function bookworm(): Promise<{ readonly before: Release; readonly after: Release } | string> {
  // minutes and network: asked for, never by surprise
  if (process.env.DRYDOCK_REAL_DEBIAN !== '1') return 'DRYDOCK_REAL_DEBIAN is not 1';
  if (process.platform !== 'linux') return 'this is not Linux';
  if (process.getuid?.() !== 0) return 'debootstrap needs root';
  const there = await run('debootstrap', ['--version']).then(
    () => true,
    () => false,
  );
  if (!there) return 'debootstrap is not installed (apt-get install debootstrap)';
  work = await mkdtemp(path.join(tmpdir(), 'drydock-debian-'));
  const [before, after] = [path.join(work, 'before'), path.join(work, 'after')];
  try {
    await run('debootstrap', ['--variant=minbase', 'bookworm', before, `${mirror}/debian`], { timeout: 300_000 });
    await run('cp', ['-a', before, after]);
    await appendFile(
      path.join(after, 'etc/apt/sources.list'),
      `deb ${mirror}/debian-security bookworm-security main\n`,
    );
    const apt = 'apt-get -q -o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false';
    await run('chroot', [after, 'sh', '-c', `${apt} update && ${apt} -y upgrade`], {
      timeout: 300_000,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 2 ** 26,
    });
  } catch (error) {
    return `debootstrap or apt did not get through: ${String((error as { stderr?: string }).stderr ?? error).slice(-500)}`;
  }
  return { before: await releaseOf(before, 'gzip'), after: await releaseOf(after, 'zstd') };
}

async function releaseOf(root: string, compression: 'gzip' | 'zstd'): Promise<Release> {
  const query = ['--admindir', path.join(root, 'var/lib/dpkg'), '-W', '-f', `\${binary:Package} \${Version}\n`];
  const { stdout } = await run('dpkg-query', query);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' ') as [string, string]);
  const tar = `${root}.tar`;
  const excluded = ['dev/*', 'proc/*', 'sys/*', 'var/cache/apt/*', 'var/lib/apt/lists/*'].map(
    (each) => `--exclude=./${each}`,
  );
  await run('tar', ['-C', root, '--numeric-owner', '--xattrs', ...excluded, '-cf', tar, '.']);
  const layer = packLayer(await readFile(tar), { compression, createdBy: 'debootstrap bookworm' });
  return { installed: new Map(lines.map(([name, version]) => [name.split(':')[0] ?? name, version])), layer };
}

it('takes a real Debian through the loop: its packages, its advisories, its security updates, proven', async () => {
  const made = await bookworm();
  if (typeof made === 'string') {
    process.stderr.write(`\n*** NOT TRIED: a real Debian image through the loop, because ${made} ***\n\n`);
    return;
  }
  const { before, after } = made;
  const updated = [...before.installed].filter(([name, version]) => (after.installed.get(name) ?? version) !== version);
  if (updated.length === 0) {
    process.stderr.write(
      '\n*** NOT TRIED: a repair of a real Debian image, because its archive has no update for it ***\n\n',
    );
    return;
  }

  // given advisories: OSV's own where they are at hand and know of an update; else one for a package that has one
  const [name = '', version = ''] = [updated[0]?.[0], after.installed.get(updated[0]?.[0] ?? '')];
  const own = async (folder: string) => [
    '--no-demo',
    '--offline',
    '--starter',
    await starterOf(folder, [{ name, fixed: version }]),
  ];
  const sources = [
    ...(existsSync(path.join(osv, 'Debian'))
      ? [{ about: "OSV's advisories", args: async () => ['--no-demo', '--advisories', osv] }]
      : []),
    { about: 'one advisory of our own', args: own },
  ];
  for (const { about, args } of sources) {
    const folder = await dataFolder();
    const stack = await startProcess(folder, { args: await args(folder) });

    // when the image is pushed and run, and the updated one is pushed beside it
    const first = await stack.push(imageOf(before), 'shop:1.0');
    await services(stack.ecs).run('shop', `${stack.registry}/shop:1.0`, 'ask');
    const old = await readImage(stack, first, about);
    const second = await stack.push(imageOf(after), 'updated:1.0');
    const fresh = await readImage(stack, second, about);

    // then they hold exactly what dpkg says
    expect(old.distribution?.ecosystem).toBe('Debian:12');
    for (const [image, { installed }] of [
      [old, before],
      [fresh, after],
    ] as const)
      expect(new Map(image.packageList.map((each) => [each.key.name, each.key.version]))).toEqual(installed);

    const left = new Set(fresh.findings.map((each) => each.vulnerability));
    const repaired = old.findings.filter((each) => !left.has(each.vulnerability)).map((each) => each.vulnerability);
    process.stderr.write(
      `\n${installedIn(before)} of bookworm, ${updated.length} with updates; by ${about}: ${old.findings.length} findings before, ${fresh.findings.length} after, ${repaired.length} repaired\n`,
    );
    const [vulnerability] = repaired;
    if (vulnerability === undefined) {
      await stack.kill9();
      continue;
    }

    // when the updated one takes the tag and a yes is given
    expect(await stack.push(imageOf(after), 'shop:1.0')).toBe(second);
    const plan = await eventually('the plan', async () =>
      (await stack.api<PlansShape>('/plans')).plans.find((each) => each.closes.join().includes(vulnerability)),
    );
    expect(plan.changes).toMatchObject([{ from: first, to: second, verdict: 'needs-approval' }]);
    await stack.approve(plan.id);

    // then the service runs it, which is proven, and the problem is over
    const rollout = await eventually(
      'the end of the rollout',
      async () => (await stack.api<RolloutsShape>('/rollouts')).rollouts.find((each) => each.ended),
      { seconds: 120 },
    );
    expect(rollout).toMatchObject({ state: 'verified', rows: [{ proof: { digests: [second] } }] });
    await eventually('the end of the problem', async () =>
      (await stack.api<ProblemsShape>('/problems')).problems
        .filter((each) => each.vulnerability === vulnerability)
        .every((each) => each.state === 'resolved'),
    );
    process.stderr.write(`${vulnerability} repaired and proven\n\n`);
    return;
  }
  expect.unreachable('an advisory for a package that was updated gave no finding that the update repairs');
}, 900_000);

const imageOf = (release: Release) =>
  buildImage({ layers: [release.layer, appLayer('shop')], config: { entrypoint: ['/app/main.js'] } });

const installedIn = (release: Release): string => `${release.installed.size} packages`;

/** An image once it is read and its advisories have come. */
const readImage = (stack: StackProcess, digest: string, about: string): Promise<ImageShape> =>
  eventually(
    `the findings of ${digest}`,
    async () => {
      const { status, body } = await stack.ask('GET', `/images/${digest}`);
      const image = body as ImageShape;
      const waits = about.startsWith('OSV') && image.coverage?.reasons.some((each) => each.code === 'no-advisories');
      return status === 200 && !waits && image;
    },
    { seconds: 240, seen: () => stack.printed.slice(-2_000) },
  );
