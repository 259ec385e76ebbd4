import { createHash } from 'node:crypto';
import type { AdvisoryBook } from '#shared/advisories';
import {
  matchName,
  matchVersion,
  type PackageKey,
  packageKeyId,
  parsePackageKeyId,
  shardName,
} from '#shared/inventory';
import { type Finding, type Judgement, judge } from '#shared/judging';
import { type Blobs, type Item, keys, packJson, type Table, unpackJson } from '#shared/store';

/** What judging and keeping needs. */
export interface JudgePorts {
  readonly table: Table;
  readonly blobs: Blobs;
  readonly book: AdvisoryBook;
}

const inRow = 200_000;

/**
 * Judges package keys by the newest generation and keeps what differs. Call it after the edges of the keys are written: it
 * reads the generation again at the end and judges once more if it moved, so a scan that races a re-match loses nothing
 * (design decision 3). Returns the keys whose stored judgement changed.
 */
export async function judgeKeys(ports: JudgePorts, packageKeys: readonly PackageKey[]): Promise<PackageKey[]> {
  const changed = new Map<string, PackageKey>();
  for (let round = 0; round < 10; round += 1) {
    const before = await ports.book.manifest({ fresh: true });
    for (const key of await judgeOnce(ports, packageKeys, before.generation)) changed.set(packageKeyId(key), key);
    const after = await ports.book.manifest({ fresh: true });
    if (after.generation === before.generation) return [...changed.values()];
  }
  return [...changed.values()];
}

async function judgeOnce(
  ports: JudgePorts,
  packageKeys: readonly PackageKey[],
  generation: number,
): Promise<PackageKey[]> {
  const unique = [...new Map(packageKeys.map((key) => [packageKeyId(key), key])).values()];
  const stored = new Map(
    (await ports.table.batchGet(unique.map(judgementKey), { consistent: true })).map((item) => [
      `${item.pk}\n${item.sk}`,
      item,
    ]),
  );
  const changed: PackageKey[] = [];
  for (const key of unique) {
    const shard = await ports.book.shard(shardName(key));
    const judgement = judge(key, shard?.lookup(matchName(key)) ?? [], { shard: shardName(key), generation });
    const at = judgementKey(key);
    const before = stored.get(`${at.pk}\n${at.sk}`);
    const next = JSON.stringify(judgement.findings);
    if (before !== undefined && (await findingsText(ports.blobs, before)) === next) continue;
    const written = await ports.table.put(
      { ...at, key: packageKeyId(key), generation, ...(await place(ports.blobs, next)) },
      { olderThan: { attribute: 'generation', than: generation } },
    );
    if (written === 'written') changed.push(key);
  }
  return changed;
}

async function place(blobs: Blobs, text: string): Promise<{ findings?: Uint8Array; blob?: string }> {
  const bytes = packJson(JSON.parse(text));
  if (bytes.length <= inRow) return { findings: bytes };
  const blob = `judgements/${createHash('sha256').update(bytes).digest('hex')}`;
  await blobs.put(blob, bytes);
  return { blob };
}

async function findingsText(blobs: Blobs, item: Item): Promise<string> {
  return JSON.stringify(await findingsOf(blobs, item));
}

async function findingsOf(blobs: Blobs, item: Item): Promise<Finding[]> {
  if (item.findings instanceof Uint8Array) return unpackJson(Buffer.from(item.findings)) as Finding[];
  const bytes = typeof item.blob === 'string' ? await blobs.get(item.blob) : undefined;
  return bytes === undefined ? [] : (unpackJson(bytes) as Finding[]);
}

const judgementKey = (key: PackageKey) =>
  keys.judgement(shardName(key), matchName(key), matchVersion(key), packageKeyId(key));

/** The stored judgements of package keys; a key that was never judged is absent. */
export async function readJudgements(
  ports: Pick<JudgePorts, 'table' | 'blobs'>,
  packageKeys: readonly PackageKey[],
): Promise<Judgement[]> {
  const items = await ports.table.batchGet(
    [...new Map(packageKeys.map((key) => [packageKeyId(key), judgementKey(key)])).values()],
    { consistent: true },
  );
  return Promise.all(
    items.map(async (item) => {
      const key = parsePackageKeyId(String(item.key));
      return {
        key,
        shard: shardName(key),
        generation: Number(item.generation),
        findings: await findingsOf(ports.blobs, item),
      };
    }),
  );
}
