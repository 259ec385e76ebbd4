import { spawn } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { readInventory } from '../../shared/inventory/index.ts';
import { openLayout, readImages, type TarInput, tarWriter } from '../../shared/oci/index.ts';

// Reading a big image from an OCI layout: wall time, CPU and peak memory, beside the peers that are on the PATH. The image is made of this
// machine's own files, read only. DRYDOCK_BENCH_MB: compressed size (default 500); DRYDOCK_BENCH_FOLDER: keep the image there and use it again.

const here = fileURLToPath(import.meta.url);
const project = path.resolve(path.dirname(here), '../..');
const shares = [0.5, 0.2, 0.15, 0.1, 0.05];
const rounds = Number(process.env.DRYDOCK_BENCH_ROUNDS ?? 5);

/** What one run took. */
interface Run {
  readonly ms: number;
  readonly cpuMs?: number;
  readonly rssMb: number;
  readonly packages?: number;
  readonly executables?: number;
}

/** Makes the image, reads it and lets the peers read it, in turn, and prints medians and ratios. */
export async function bench(): Promise<void> {
  const megabytes = Number(process.env.DRYDOCK_BENCH_MB ?? 500);
  const kept = process.env.DRYDOCK_BENCH_FOLDER;
  const folder = kept ?? mkdtempSync(path.join(tmpdir(), 'drydock-bench-'));
  try {
    if (!existsSync(path.join(folder, 'index.json'))) await makeLayout(folder, megabytes);
    const drydock: Run[] = [];
    const peers = [
      peer('trivy', [
        'image',
        '--quiet',
        '--input',
        folder,
        '--format',
        'cyclonedx',
        '--offline-scan',
        '--skip-java-db-update',
        '--cache-dir',
        path.join(tmpdir(), 'drydock-bench-trivy'),
      ]),
      peer('syft', ['scan', `oci-dir:${folder}`, '--quiet', '-o', 'json=/dev/null']),
    ];
    const runs = new Map<string, Run[]>();
    for (let round = 0; round < rounds; round += 1) {
      drydock.push(JSON.parse(await output([here, '--read', folder])) as Run);
      for (const each of peers) if (each.there) runs.set(each.name, [...(runs.get(each.name) ?? []), await each.run()]);
    }
    tell('drydock', drydock);
    for (const { name, there } of peers) {
      const measured = runs.get(name);
      if (!there || measured === undefined) console.log(`${name.padEnd(8)} absent: not on the PATH`);
      else {
        tell(name, measured);
        console.log(
          `         drydock takes ${(median(drydock.map(({ ms }) => ms)) / median(measured.map(({ ms }) => ms))).toFixed(2)} of its time`,
        );
      }
    }
  } finally {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function tell(name: string, runs: readonly Run[]): void {
  const [first] = runs;
  const cpu = runs.every(({ cpuMs }) => cpuMs !== undefined)
    ? `, CPU ${seconds(median(runs.map(({ cpuMs }) => cpuMs ?? 0)))}`
    : '';
  const found = first?.packages === undefined ? '' : `, ${first.packages} packages, ${first.executables} executables`;
  console.log(
    `${name.padEnd(8)} median of ${runs.length}: ${seconds(median(runs.map(({ ms }) => ms)))}${cpu}, peak ${Math.round(Math.max(...runs.map(({ rssMb }) => rssMb)))} MB${found}`,
  );
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** One reading in a process of its own, so that its memory is its own. */
async function readOnce(folder: string): Promise<Run> {
  const source = openLayout(folder);
  const { images } = await readImages(source);
  const [image] = images;
  if (image === undefined) throw new Error(`${folder} holds no image`);
  const before = process.cpuUsage();
  const start = performance.now();
  const { inventory } = await readInventory({ image, source });
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  if (process.env.DRYDOCK_BENCH_SHOW !== undefined) console.error(inventory.coverage);
  return {
    ms,
    cpuMs: (user + system) / 1000,
    rssMb: process.resourceUsage().maxRSS / 1024,
    packages: inventory.packages.length,
    executables: inventory.executables.length,
  };
}

function output(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => (text += String(chunk)));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(text) : reject(new Error(`the reading process ended with ${code}`)),
    );
  });
}

function peer(name: string, args: readonly string[]): { name: string; there: boolean; run(): Promise<Run> } {
  const there = (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name)));
  const run = (): Promise<Run> =>
    new Promise((resolve, reject) => {
      rmSync(path.join(tmpdir(), 'drydock-bench-trivy'), { recursive: true, force: true });
      const start = performance.now();
      const child = spawn(name, args, { stdio: 'ignore' });
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

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

async function makeLayout(folder: string, megabytes: number): Promise<void> {
  const blobs = path.join(folder, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const files = filesOfMachine();
  const layers: { mediaType: string; digest: string; size: number }[] = [];
  const diffIds: string[] = [];
  let entries = 0;
  let unpacked = 0;
  for (const share of shares) {
    const state = { size: 0, diff: createHash('sha256'), unpacked: 0, entries: 0 };
    const packed = await makeLayer(blobs, files, share * megabytes * 1e6, state);
    layers.push({ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: packed.digest, size: packed.size });
    diffIds.push(`sha256:${state.diff.digest('hex')}`);
    entries += state.entries;
    unpacked += state.unpacked;
  }
  const put = (value: unknown) => {
    const bytes = Buffer.from(JSON.stringify(value));
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(path.join(blobs, hex), bytes);
    return { digest: `sha256:${hex}`, size: bytes.length };
  };
  const config = put({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: diffIds }, config: {} });
  const manifest = put({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers,
  });
  writeFileSync(path.join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    path.join(folder, 'index.json'),
    JSON.stringify({
      schemaVersion: 2,
      manifests: [
        {
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          ...manifest,
          annotations: { 'org.opencontainers.image.ref.name': 'bench' },
        },
      ],
    }),
  );
  const size = layers.reduce((sum, layer) => sum + layer.size, 0);
  console.log(
    `image: ${layers.length} layers, ${(size / 1e6).toFixed(0)} MB packed, ${(unpacked / 1e9).toFixed(2)} GB unpacked, ${entries} entries`,
  );
}

async function makeLayer(
  blobs: string,
  files: Iterator<TarInput>,
  most: number,
  state: { size: number; diff: Hash; unpacked: number; entries: number },
): Promise<{ digest: string; size: number }> {
  function* some(): Generator<TarInput> {
    while (state.size < most) {
      const next = files.next();
      if (next.done === true) return;
      state.entries += 1;
      yield next.value;
    }
  }
  const hash = createHash('sha256');
  const temporary = path.join(blobs, 'part');
  await pipeline(
    Readable.from(counted(tarWriter(some()), state)),
    createGzip({ level: 6, chunkSize: 1 << 18 }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        state.size += chunk.length;
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(temporary),
  );
  const hex = hash.digest('hex');
  renameSync(temporary, path.join(blobs, hex));
  return { digest: `sha256:${hex}`, size: state.size };
}

function* counted(pieces: Iterable<Buffer>, state: { diff: Hash; unpacked: number }): Generator<Buffer> {
  for (const piece of pieces) {
    state.diff.update(piece);
    state.unpacked += piece.length;
    yield piece;
  }
}

/** System files in the places where an image has them, then this project's own packages. */
function* filesOfMachine(): Generator<TarInput> {
  for (const root of [
    '/etc/os-release',
    '/etc/debian_version',
    '/bin',
    '/sbin',
    '/lib',
    '/lib64',
    '/var/lib/dpkg',
    '/usr/bin',
    '/usr/lib',
    '/usr/share',
    '/usr/sbin',
    '/usr/local',
  ])
    yield* walk(root, root.slice(1));
  yield* walk(path.join(project, 'node_modules'), 'app/node_modules');
}

function* walk(file: string, name: string): Generator<TarInput> {
  const stats = statsOf(file);
  if (stats === undefined) return;
  const mode = stats.mode & 0o7777;
  if (stats.isSymbolicLink()) yield { path: name, kind: 'symlink', linkTarget: readlinkSync(file), mode };
  else if (stats.isDirectory()) {
    yield { path: `${name}/`, mode };
    for (const child of readdirSync(file).sort()) yield* walk(path.join(file, child), `${name}/${child}`);
  } else if (stats.isFile() && stats.size < 2 ** 28) {
    const content = bytesOf(file);
    if (content !== undefined) yield { path: name, content, mode };
  }
}

function statsOf(file: string): Stats | undefined {
  try {
    return lstatSync(file);
  } catch {
    return undefined;
  }
}

function bytesOf(file: string): Buffer | undefined {
  try {
    return statSync(file).size === 0 ? Buffer.alloc(0) : readFileSync(file);
  } catch {
    return undefined;
  }
}

if (process.argv[2] === '--read') console.log(JSON.stringify(await readOnce(process.argv[3] ?? '')));
else if (process.argv[1] === here) await bench();
