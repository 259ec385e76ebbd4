import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLayout, parseReference, pushImage, type TarInput } from '../../shared/oci/index.ts';
import { folderTree } from './images/folder-tree.ts';
import { LayoutWriter, type WrittenLayout } from './images/layout-writer.ts';
import { servedRegistry } from './images/served-registry.ts';
import { emptyTrivyCache } from './truth/trivy-cache.ts';

// Reading big images from an OCI layout or a registry on this machine: wall time of the whole process, CPU and peak memory, beside the peers that are on the PATH, on the same two cores, in turn. The images are
// made of this machine's own files, read only. DRYDOCK_BENCH_MB: compressed size (default 500); DRYDOCK_BENCH_ROUNDS: 5; DRYDOCK_BENCH_FOLDER: keep the
// images there and use them again; DRYDOCK_BENCH_SHAPES: some of five,squashed,zstd,programs,registry,tiny.

const here = fileURLToPath(import.meta.url);
const measured = path.join(path.dirname(here), 'images/measured-command.mjs');
const project = path.resolve(path.dirname(here), '../..');
const rounds = Number(process.env.DRYDOCK_BENCH_ROUNDS ?? 5);
const megabytes = Number(process.env.DRYDOCK_BENCH_MB ?? 500);
/** of which every peer says that it takes minutes and gigabytes (grype#1509) */
const tinyFiles = Number(process.env.DRYDOCK_BENCH_TINY ?? 3_000_000);

/** What one run took. */
interface Run {
  readonly ms: number;
  readonly cpuMs?: number;
  readonly rssMb: number;
  readonly packages?: number;
}

/** An image by how its bytes lie in layers. */
interface Shape {
  readonly name: string;
  readonly about: string;
  /** whether peers are measured too */
  readonly compared: boolean;
  /** whether the image is read from a registry */
  readonly served?: true;
  make(folder: string): Promise<WrittenLayout>;
}

/** how the packed bytes lie in five layers */
const inFive = [0.5, 0.2, 0.15, 0.1, 0.05];

const shapes: readonly Shape[] = [
  {
    name: 'five',
    about: 'an application in five gzip layers, half of the bytes in one',
    compared: true,
    make: (folder) => ofMachine(new LayoutWriter(folder), filesOfApplication(), inFive),
  },
  {
    name: 'squashed',
    about: 'the same in one gzip layer',
    compared: true,
    make: (folder) => ofMachine(new LayoutWriter(folder), filesOfApplication(), [1]),
  },
  {
    name: 'zstd',
    about: 'the same five layers as zstd',
    compared: true,
    make: (folder) =>
      ofMachine(new LayoutWriter(folder, { compression: 'zstd', level: 3 }), filesOfApplication(), inFive),
  },
  {
    name: 'programs',
    about: 'mostly programs and libraries in five gzip layers',
    compared: true,
    make: (folder) => ofMachine(new LayoutWriter(folder), filesOfPrograms(), inFive),
  },
  {
    name: 'registry',
    about: 'the first one from a registry on the same two cores',
    compared: true,
    served: true,
    make: (folder) => ofMachine(new LayoutWriter(folder), filesOfApplication(), inFive),
  },
  {
    name: 'tiny',
    about: `${tinyFiles} files of a few bytes in one gzip layer`,
    compared: false,
    async make(folder) {
      const layout = new LayoutWriter(folder);
      await layout.layer(manyFiles());
      return layout.finish();
    },
  },
];

/** Makes the images, reads them and lets the peers read them, in turn, and prints medians and ratios. */
export async function bench(): Promise<void> {
  const asked = process.env.DRYDOCK_BENCH_SHAPES?.split(',');
  if (!isHeld && availableParallelism() > 2)
    console.log(`taskset is not on the PATH: all ${availableParallelism()} cores are used`);
  const kept = process.env.DRYDOCK_BENCH_FOLDER;
  const folder = kept ?? mkdtempSync(path.join(tmpdir(), 'drydock-bench-'));
  try {
    for (const shape of shapes.filter(({ name }) => asked?.includes(name) ?? true))
      await compare(shape, path.join(folder, shape.name));
  } finally {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(shape: Shape, layout: string): Promise<void> {
  console.log(`\n${shape.name}: ${shape.about}`);
  if (!existsSync(path.join(layout, 'index.json'))) {
    const { layers, packed, unpacked, entries } = await shape.make(layout);
    console.log(
      `image: ${layers} layers, ${(packed / 1e6).toFixed(0)} MB packed, ${(unpacked / 1e9).toFixed(2)} GB unpacked, ${entries} entries`,
    );
  }
  if (shape.served !== true) return measure(layout, shape.compared ? peersFor(layout) : []);
  const registry = await servedRegistry();
  if (registry === undefined) {
    console.log('left out: docker-registry is not on the PATH');
    return;
  }
  try {
    const reference = `${registry.host}/bench:${shape.name}`;
    await pushImage(openLayout(layout), parseReference(reference));
    await measure(reference, shape.compared ? peersFor(reference) : []);
  } finally {
    await registry.stop();
  }
}

/** Drydock as the peers are asked, for the packages; and with what no peer does by itself, the hash of every program. */
const drydocks = [
  { name: 'drydock', args: [] },
  { name: 'drydock --files', args: ['--files'] },
];

/** Lets all read one source in turn, and tells what each took. */
async function measure(source: string, peers: ReturnType<typeof peersFor>): Promise<void> {
  const runs = new Map<string, Run[]>();
  const note = (name: string, run: Run): unknown => runs.set(name, [...(runs.get(name) ?? []), run]);
  const took = (name: string): number => median((runs.get(name) ?? []).map(({ ms }) => ms));
  // compiles what this project is made of, as the first command of an installation does
  await readApart(source, []);
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, args } of drydocks) note(name, await readApart(source, args));
    for (const each of peers) if (each.there) note(each.name, await each.run());
  }
  for (const { name } of [...drydocks, ...peers]) tell(name, runs.get(name));
  for (const { name } of peers.filter(({ there }) => there))
    for (const own of drydocks)
      console.log(`${own.name} takes ${(took(own.name) / took(name)).toFixed(2)} of ${name}'s time`);
}

const trivyCache = path.join(tmpdir(), 'drydock-bench-trivy');

/** Each in its fastest comparable configuration: packages only. */
const peersFor = (source: string) => [
  peer(
    'trivy',
    [
      'image',
      '--quiet',
      ...(existsSync(source) ? ['--input', source] : ['--insecure', source]),
      '--format',
      'cyclonedx',
      '--offline-scan',
      '--skip-java-db-update',
      '--cache-dir',
      trivyCache,
    ],
    {},
  ),
  peer(
    'syft',
    ['scan', `${existsSync(source) ? 'oci-dir' : 'registry'}:${source}`, '--quiet', '-o', 'json=/dev/null'],
    {
      SYFT_REGISTRY_INSECURE_USE_HTTP: 'true',
      SYFT_FILE_METADATA_SELECTION: 'none',
      SYFT_CHECK_FOR_APP_UPDATE: 'false',
    },
  ),
];

function tell(name: string, runs: readonly Run[] | undefined): void {
  if (runs === undefined) {
    console.log(`${name.padEnd(15)} absent: not on the PATH`);
    return;
  }
  const [first] = runs;
  const cpu = runs.every(({ cpuMs }) => cpuMs !== undefined)
    ? `, CPU ${seconds(median(runs.map(({ cpuMs }) => cpuMs ?? 0)))}`
    : '';
  const found = first?.packages === undefined ? '' : `, ${first.packages} components`;
  console.log(
    `${name.padEnd(15)} median of ${runs.length}: ${seconds(median(runs.map(({ ms }) => ms)))}${cpu}, peak ${Math.round(Math.max(...runs.map(({ rssMb }) => rssMb)))} MB${found}`,
  );
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** `drydock sbom` of the image from outside: from the start of its process to its end, as a peer is measured, with nothing remembered of any layer. */
async function readApart(source: string, args: readonly string[]): Promise<Run> {
  const cache = mkdtempSync(path.join(tmpdir(), 'drydock-bench-cache-'));
  try {
    const start = performance.now();
    const { bill, usage } = await output(['sbom', source, '--quiet', '--cache-dir', cache, ...args]);
    const ms = performance.now() - start;
    const { components } = JSON.parse(bill) as { components: readonly unknown[] };
    return { ...(JSON.parse(usage) as Omit<Run, 'ms'>), ms, packages: components.length };
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

function output(args: readonly string[]): Promise<{ bill: string; usage: string }> {
  return new Promise((resolve, reject) => {
    const [command, ...rest] = onTwoCores([process.execPath, measured, ...args]);
    const child = spawn(command, rest, {
      cwd: project,
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    });
    let bill = '';
    let usage = '';
    child.stdout?.on('data', (chunk) => (bill += String(chunk)));
    child.stdio[3]?.on('data', (chunk) => (usage += String(chunk)));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve({ bill, usage }) : reject(new Error(`drydock ended with ${code}`)),
    );
  });
}

function peer(
  name: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): { name: string; there: boolean; run(): Promise<Run> } {
  const there = isOnPath(name);
  const run = (): Promise<Run> =>
    new Promise((resolve, reject) => {
      emptyTrivyCache(trivyCache);
      const start = performance.now();
      const [command, ...rest] = onTwoCores([name, ...args]);
      const child = spawn(command, rest, { stdio: 'ignore', env: { ...process.env, ...environment } });
      let rssMb = 0;
      const watch = setInterval(() => {
        const high = /VmHWM:\s+(\d+)/.exec(readText(`/proc/${child.pid}/status`))?.[1];
        rssMb = Math.max(rssMb, Number(high ?? 0) / 1024);
      }, 100);
      child.on('error', reject);
      child.on('close', (code) => {
        clearInterval(watch);
        if (code === 0) resolve({ ms: performance.now() - start, rssMb });
        else reject(new Error(`${name} ended with ${code}`));
      });
    });
  return { name, there, run };
}

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name)));
}

const isHeld = availableParallelism() > 2 && isOnPath('taskset');

/** The command, held to two cores where the machine has more: the thresholds are of two. */
function onTwoCores([command, ...args]: readonly [string, ...string[]]): [string, ...string[]] {
  return isHeld ? ['taskset', '--cpu-list', '0,1', command, ...args] : [command, ...args];
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

async function ofMachine(
  layout: LayoutWriter,
  files: Iterator<TarInput>,
  shares: readonly number[],
): Promise<WrittenLayout> {
  for (const share of shares) await layout.layer(files, share * megabytes * 1e6);
  return layout.finish();
}

function* manyFiles(): Generator<TarInput> {
  for (let index = 0; index < tinyFiles; index += 1)
    yield { path: `srv/${index % 1000}/${index % 97}/${index}.txt`, content: `file ${index}\n` };
}

/**
 * What an application's image holds, from this machine: the system's programs, an application with its packages, and what they share. About as many
 * entries and programs for its size as the image that the thresholds were set on (64,345 entries, 1,230 executables, 1.94 GB).
 */
function filesOfApplication(): Generator<TarInput> {
  return filesOf(['/usr/bin', '/usr/sbin', '/usr/share', '/usr/lib', '/usr/local']);
}

/** Mostly programs and libraries, as large as they come: every byte of these is hashed. */
function filesOfPrograms(): Generator<TarInput> {
  return filesOf(['/usr/bin', '/usr/lib', '/usr/share', '/usr/sbin', '/usr/local']);
}

/** System files in the places where an image has them, and after the programs this project's own packages. */
function* filesOf([programs = '', ...rest]: readonly string[]): Generator<TarInput> {
  for (const root of ['/etc/os-release', '/etc/debian_version', '/bin', '/sbin', '/lib', '/lib64', '/var/lib/dpkg'])
    yield* folderTree(root, root.slice(1));
  yield* folderTree(programs, programs.slice(1));
  yield* folderTree(path.join(project, 'node_modules'), 'app/node_modules');
  for (const root of rest) yield* folderTree(root, root.slice(1));
}

if (process.argv[1] === here) await bench();
