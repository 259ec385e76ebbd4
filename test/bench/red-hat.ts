import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { zstdCompressSync } from 'node:zlib';
import { type AdvisorySource, feedSource, feedTable, folderFiles, refreshAdvisories } from '#shared/advisories';
import { memoryBlobs, memoryTable } from '#shared/store';
import { tarOf } from '../shared/advisories/feeds/make-tar.ts';
import { timesOf } from '../shared/advisories/feeds/publications.ts';
import { anySource, built, type Line, rhel, vexDocument } from '../shared/advisories/feeds/red-hat/vex-documents.ts';

/** An archive of Red Hat's VEX documents as large as theirs in number: how long a whole refresh takes, and in how much memory, in a process of its own. */
export async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-red-hat-'));
  try {
    const documents = Number(process.env['DRYDOCK_BENCH_DOCUMENTS'] ?? 60_000);
    const made = await writeArchive(join(folder, 'red-hat-vex'), documents);
    const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, folder]);
    process.stdout.write(
      `${documents} documents, ${(made.packed / 1e6).toFixed(0)} MB packed, ${(made.unpacked / 1e9).toFixed(2)} GB unpacked: ${stdout}`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Most documents speak of a few packages of four releases, one of twenty of a kernel in all its streams and architectures. */
async function writeArchive(
  folder: string,
  count: number,
): Promise<{ readonly packed: number; readonly unpacked: number }> {
  const common = [6, 7, 8, 9].flatMap((major): Line[] => [
    { on: rhel.unfixed(major), ...anySource('PACKAGE'), status: 'known_affected', plan: 'Will not fix' },
    { on: rhel.unfixed(major), ...anySource('compat-PACKAGE'), status: 'known_not_affected' },
  ]);
  const large = Array.from(
    { length: 2_000 },
    (_, n): Line => ({
      on: rhel.extended('eus', `9.${n % 5}`, `Repository${n % 10}`),
      ...built(`kernel-${n % 80}`, `5.14.0-427.${n % 5}.1.el9_${n % 5}`, n % 80 === 0 ? 'src' : 'x86_64'),
      status: 'fixed',
      advisory: `RHSA-2024:${2_000 + (n % 5)}`,
    }),
  );
  const templates = [common, large].map((lines) => JSON.stringify(vexDocument(lines, { cve: 'CVE-2024-NUMBER' })));
  const name = 'csaf_vex_2024-06-03.tar.zst';
  await mkdir(folder, { recursive: true });
  const out = createWriteStream(join(folder, name));
  const times: Record<string, string> = {};
  let unpacked = 0;
  for (let n = 0; n < count; n += 1) {
    const number = String(100_000 + n);
    const text = (templates[n % 20 === 0 ? 1 : 0] ?? '').replaceAll('PACKAGE', `p${n % 3_000}`);
    const bytes = Buffer.from(text.replaceAll('NUMBER', number));
    const path = `2024/cve-2024-${number}.json`;
    times[path] = '2024-06-01T00:00:00Z';
    unpacked += bytes.length;
    // without the two empty blocks that end a tar
    const part = tarOf([{ name: path, bytes }]).subarray(0, -1_024);
    if (!out.write(zstdCompressSync(part))) await once(out, 'drain');
  }
  out.end(zstdCompressSync(Buffer.alloc(1_024)));
  await once(out, 'close');
  await writeFile(join(folder, 'archive_latest.txt'), name);
  await writeFile(join(folder, 'changes.csv'), timesOf(times));
  return { packed: (await stat(join(folder, name))).size, unpacked };
}

const noBulk: AdvisorySource = {
  describe: 'nothing',
  ecosystems: async () => [],
  async *records() {},
  modified: async () => undefined,
};

async function refresh(folder: string): Promise<void> {
  const row = feedTable.find(({ feed }) => feed.id === 'red-hat-vex');
  if (row === undefined) throw new Error('there is no feed red-hat-vex');
  const began = performance.now();
  const result = await refreshAdvisories({
    blobs: memoryBlobs(),
    table: memoryTable(),
    source: feedSource(noBulk, [{ row, origin: folderFiles(join(folder, row.feed.id)) }]),
    ecosystems: ['Red Hat'],
    now: () => new Date('2024-06-30T00:00:00Z'),
  });
  const { user, system } = process.cpuUsage();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const names = result.changes.reduce((sum, change) => sum + change.names.length, 0);
  process.stdout.write(
    `generation ${result.generation}, ${result.refused.length} refused, ${names} names in ${result.changes.length} shards, ${seconds} s, ${((user + system) / 1e6).toFixed(1)} s CPU, at most ${(process.resourceUsage().maxRSS / 1e3).toFixed(0)} MB\n`,
  );
}

const [, script, folder] = process.argv;
if (script === import.meta.filename && folder !== undefined) await refresh(folder);
