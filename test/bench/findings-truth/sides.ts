import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import type { AdvisoryBook } from '#shared/advisories';
import { inventoryOfBill, matchName, type PackageKey, packageKeyId, shardName } from '#shared/inventory';
import { judge } from '#shared/judging';
import type { Digest } from '#shared/oci';
import { readBill } from '#shared/sbom';

/** One finding of one side: a record on a package, under its own name and the one that advisories use. */
export interface Found {
  readonly shard: string;
  readonly name: string;
  readonly version: string;
  /** the record, and other names of what it is about */
  readonly ids: readonly string[];
}

/** What one side makes of a bill. */
export interface Side {
  /** packages that it understood, as `shard name version`; by the source's name where advisories name sources */
  readonly packages: ReadonlySet<string>;
  readonly findings: readonly Found[];
}

/** A package's one text; whether a Go version is written with its `v` says nothing. */
export const packageText = (shard: string, name: string, version: string): string =>
  `${shard} ${name} ${shard === 'Go' ? version.replace(/^v/, '') : version}`;

/** Our judging of a bill. */
export async function ours(
  document: string,
  book: AdvisoryBook,
): Promise<Side & { readonly keys: readonly PackageKey[] }> {
  const bytes = Buffer.from(document);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
  const inventory = inventoryOfBill(readBill(bytes, 'a bill'), { digest, size: bytes.length });
  const packages = new Set<string>();
  const findings: Found[] = [];
  // one key may lie at several paths
  const keys = [...new Map(inventory.packages.map(({ key }) => [packageKeyId(key), key])).values()];
  for (const key of keys) {
    const shard = shardName(key);
    packages.add(packageText(shard, key.name, key.version));
    packages.add(packageText(shard, matchName(key), key.version));
    const records = (await book.shard(shard))?.lookup(matchName(key)) ?? [];
    for (const finding of judge(key, records, { shard, generation: 1 }).findings)
      for (const name of new Set([key.name, matchName(key)]))
        findings.push({
          shard,
          name,
          version: key.version,
          ids: [...new Set([finding.vulnerability, ...finding.records.map(({ id }) => id), ...finding.aliases])],
        });
  }
  return { packages, findings, keys };
}

const output = z.object({
  results: z.array(
    z.object({
      packages: z.array(
        z.object({
          package: z.object({ name: z.string(), version: z.string(), ecosystem: z.string() }),
          vulnerabilities: z.array(z.object({ id: z.string(), aliases: z.array(z.string()).optional() })).optional(),
        }),
      ),
    }),
  ),
});

/** Where osv-scanner is, or why it is not asked. */
export function osvScanner(): { readonly binary: string } | { readonly missing: string } {
  const binary = (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'osv-scanner'))
    .find((file) => existsSync(file));
  return binary === undefined ? { missing: 'osv-scanner is not on the PATH' } : { binary };
}

// the end record of an archive without entries
const emptyArchive = Buffer.concat([Buffer.from('PK\u0005\u0006', 'latin1'), Buffer.alloc(18)]);

/** One ecosystem without an archive lets the scanner find nothing at all: it is given an empty one, and asked again. */
function runScanner(binary: string, bill: string, result: string, databases: string): void {
  const options = [
    '--offline',
    '--all-packages',
    '--all-vulns',
    '--no-resolve',
    '--format',
    'json',
    '--output-file',
    result,
  ];
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const { stdout, stderr } = spawnSync(binary, ['scan', 'source', '-L', bill, ...options], {
      env: { ...process.env, OSV_SCALIBR_LOCAL_DB_CACHE_DIRECTORY: databases },
      encoding: 'utf8',
      timeout: 600_000,
    });
    const missing = /could not load db for (\S.*) ecosystem/.exec(`${stdout}\n${stderr}`)?.[1];
    if (missing === undefined && existsSync(result)) return;
    if (missing === undefined) throw new Error(`osv-scanner made nothing: ${stderr.slice(-500)}`);
    const folder = path.join(databases, 'osv-scalibr', missing);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'all.zip'), emptyArchive);
  }
  throw new Error('osv-scanner misses one archive after another');
}

/** osv-scanner's judging of a bill by the archives of a folder (`osv-scalibr/<ecosystem>/all.zip`), without network. */
export function theirs(binary: string, document: string, databases: string): Side {
  const folder = mkdtempSync(path.join(tmpdir(), 'drydock-truth-'));
  try {
    const [bill, result] = [path.join(folder, 'bill.cdx.json'), path.join(folder, 'result.json')];
    writeFileSync(bill, document);
    runScanner(binary, bill, result, databases);
    const { results } = output.parse(JSON.parse(readFileSync(result, 'utf8')));
    const packages = new Set<string>();
    const findings: Found[] = [];
    for (const { package: of, vulnerabilities } of results.flatMap((each) => each.packages)) {
      packages.add(packageText(of.ecosystem, of.name, of.version));
      for (const { id, aliases } of vulnerabilities ?? [])
        findings.push({ shard: of.ecosystem, name: of.name, version: of.version, ids: [id, ...(aliases ?? [])] });
    }
    return { packages, findings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
