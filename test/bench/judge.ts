import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type AdvisoryBook,
  advisoryBook,
  compareVersions,
  folderBook,
  folderSource,
  type MatchRecord,
  type PublishPorts,
  refreshAdvisories,
} from '#shared/advisories';
import { matchName, type PackageKey, shardName } from '#shared/inventory';
import { judge } from '#shared/judging';
import { memoryBlobs, memoryTable } from '#shared/store';

const data = fileURLToPath(new URL('../../../shared/data/osv', import.meta.url));
const rounds = 41;
const parts = [
  ['Ubuntu:18.04:LTS', 500],
  ['npm', 250],
  ['PyPI', 200],
  ['Maven', 50],
] as const;

/**
 * Judges an inventory of 1,000 packages by the real advisories: as an image has them (two of five names with advisories, one of five of
 * these behind its fixes), and at the worst (every name with advisories, none ever updated). Warm (shards and code):
 * median of 41; cold: in a new process, with the shards
 * in a folder. Prints the figures beside what design section 6 holds.
 */
export async function bench(): Promise<void> {
  if (!existsSync(data)) {
    process.stdout.write('SKIPPED: judging; ../shared/data/osv is not there\n');
    return;
  }
  const ports = { blobs: memoryBlobs(), table: memoryTable() };
  const built = process.cpuUsage();
  const refreshed = await refreshAdvisories({
    ...ports,
    source: folderSource(data),
    shards: parts.map(([shard]) => shard),
    now: () => new Date(),
  });
  line('build and publish four shards', cpuMs(built), 'ms CPU');
  line(
    'names in them',
    refreshed.changes.reduce((sum, change) => sum + change.names.length, 0),
    '',
  );
  const manifest = await advisoryBook(ports).manifest();
  line('bytes of them', Object.values(manifest.shards).reduce((sum, shard) => sum + shard.bytes, 0) / 1e6, 'MB');
  for (const kind of ['usual', 'worst'] as const) await measure(kind, ports);
}

async function measure(kind: 'usual' | 'worst', ports: PublishPorts): Promise<void> {
  const keys = await inventory(ports, kind);
  const book = advisoryBook(ports);
  const found = await judgeAll(book, keys);
  for (let round = 0; round < rounds; round += 1) await judgeAll(book, keys);
  const times: number[] = [];
  const cpu = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    await judgeAll(book, keys);
    times.push(performance.now() - start);
  }
  const title = `judge ${keys.length} packages, ${kind} (${found} findings)`;
  line(`${title}, shards warm`, times.sort((a, b) => a - b)[rounds >> 1] ?? 0, 'ms', kind === 'usual' ? 20 : undefined);
  line(`${title}, shards warm`, cpuMs(cpu) / rounds, 'ms CPU');
  await measureCold(title, kind, keys);
}

/** In a process of its own, over shards that lie in a cache folder: what a function does that was just started. */
async function measureCold(title: string, kind: 'usual' | 'worst', keys: readonly PackageKey[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-bench-'));
  try {
    const cacheFolder = join(folder, 'cache');
    const book = folderBook({ source: folderSource(data), cacheFolder });
    for (const [shard] of parts) await book.shard(shard);
    await writeFile(join(folder, 'keys.json'), JSON.stringify(keys));
    const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), 'cold', folder]);
    const [cpu = Number.NaN, memory = Number.NaN] = stdout.trim().split(' ').map(Number);
    line(`${title}, cold`, cpu, 'ms CPU', kind === 'usual' ? 250 : undefined);
    line(`${title}, cold, memory of the process`, memory, 'MB', 300);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function cold(folder: string): Promise<void> {
  const keys = JSON.parse(await readFile(join(folder, 'keys.json'), 'utf8')) as PackageKey[];
  const started = process.cpuUsage();
  await judgeAll(folderBook({ source: folderSource(data), cacheFolder: join(folder, 'cache') }), keys);
  process.stdout.write(`${cpuMs(started)} ${process.resourceUsage().maxRSS / 1_000}\n`);
}

function line(title: string, value: number, unit: string, hold?: number): void {
  const verdict = hold === undefined ? '' : `  (hold ${hold}: ${value <= hold ? 'yes' : 'NO'})`;
  process.stdout.write(`${title}: ${value.toFixed(1)} ${unit}${verdict}\n`);
}

async function judgeAll(book: AdvisoryBook, keys: readonly PackageKey[]): Promise<number> {
  let findings = 0;
  for (const key of keys) {
    const name = shardName(key);
    const shard = await book.shard(name);
    findings += judge(key, shard?.lookup(matchName(key)) ?? [], { shard: name, generation: 1 }).findings.length;
  }
  return findings;
}

async function inventory(ports: PublishPorts, kind: 'usual' | 'worst'): Promise<readonly PackageKey[]> {
  const book = advisoryBook(ports);
  const keys: PackageKey[] = [];
  for (const [shardKey, count] of parts) {
    const shard = await book.shard(shardKey);
    const names = [...(shard?.names() ?? [])].filter((name) => !name.startsWith('linux'));
    const [ecosystem = shardKey, ...release] = shardKey.split(':');
    for (let at = 0; at < count; at += 1) {
      const known = kind === 'worst' || at % 5 < 2;
      const name = known ? (names[Math.floor((at * names.length) / count)] ?? '') : `unknown-${at}`;
      const old = kind === 'worst' || at % 25 < 5;
      const version = old ? '0.9.0-1' : newestFix(shardKey, shard?.lookup(name) ?? []);
      keys.push({ ecosystem, name, version, ...(release.length === 0 ? {} : { release: release.join(':') }) });
    }
  }
  return keys;
}

function newestFix(shard: string, records: readonly MatchRecord[]): string {
  const fixes = records.flatMap((record) =>
    record.affected.flatMap((entry) =>
      entry.ranges.flatMap((range) => range.events.flatMap((event) => ('fixed' in event ? [event.fixed] : []))),
    ),
  );
  return fixes.sort((a, b) => compareVersions(shard, a, b)).at(-1) ?? '1.0.0-1';
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , mode, folder] = process.argv;
  await (mode === 'cold' && folder !== undefined ? cold(folder) : bench());
}
