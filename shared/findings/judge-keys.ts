import { createHash, randomUUID } from 'node:crypto';
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
import { type Blobs, type Item, type Key, keyId, keys, packJson, type Table, unpackJson } from '#shared/store';
import { sideBySide } from './side-by-side.ts';

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
  const unique = [...new Map(packageKeys.map((key) => [packageKeyId(key), key])).values()];
  const differing = await judgeSettled(ports, unique, () => readRows(ports.table, unique));
  return differing.filter(({ written }) => written).map(({ key }) => key);
}

/**
 * Judges again what these rows judge (items under `V#`, as just read) and keeps what differs; otherwise as judgeKeys. Returns also the keys
 * whose judgement changed in any generation after `since`, whoever wrote it: a re-match that was cut after its writes, and is repeated, must
 * still tell them.
 */
export async function judgeRowsAgain(
  ports: JudgePorts,
  items: readonly Item[],
  since: number,
): Promise<{ readonly differ: number; readonly changed: PackageKey[] }> {
  const keyed = items.map((item) => ({ key: parsePackageKeyId(String(item.key)), item }));
  const packageKeys = keyed.map(({ key }) => key);
  let read: Rows | undefined = new Map(items.map((item) => [keyId(item), item]));
  const differing = await judgeSettled(ports, packageKeys, async () => {
    const rows = read ?? (await readRows(ports.table, packageKeys));
    read = undefined;
    return rows;
  });
  // also where somebody else was faster: a scan tells its own image only
  const now = new Set(differing.map(({ key }) => packageKeyId(key)));
  const changed = keyed.filter(({ key, item }) => Number(item.generation) > since || now.has(packageKeyId(key)));
  return {
    differ: differing.filter(({ written }) => written).length,
    changed: changed.map(({ key }) => key),
  };
}

/** A key whose stored judgement was another; not written when a newer one had come meanwhile. */
interface Differing {
  readonly key: PackageKey;
  readonly written: boolean;
}

type Rows = ReadonlyMap<string, Item>;

const readRows = async (table: Table, packageKeys: readonly PackageKey[]): Promise<Rows> =>
  new Map(
    (await table.batchGet(packageKeys.map(judgementKey), { consistent: true })).map((item) => [keyId(item), item]),
  );

async function judgeSettled(
  ports: JudgePorts,
  packageKeys: readonly PackageKey[],
  read: () => Promise<Rows>,
): Promise<Differing[]> {
  const differing = new Map<string, Differing>();
  if (packageKeys.length === 0) return [];
  for (let round = 0; round < 10; round += 1) {
    const before = await ports.book.manifest({ fresh: true });
    for (const { key, written } of await judgeOnce(ports, packageKeys, await read(), before.generation)) {
      const id = packageKeyId(key);
      differing.set(id, { key, written: written || differing.get(id)?.written === true });
    }
    const after = await ports.book.manifest({ fresh: true });
    if (after.generation === before.generation) break;
  }
  return [...differing.values()];
}

const writesAtOnce = 16;

async function judgeOnce(
  ports: JudgePorts,
  packageKeys: readonly PackageKey[],
  stored: Rows,
  generation: number,
): Promise<Differing[]> {
  const differing: { readonly key: PackageKey; readonly at: Key; readonly findings: string }[] = [];
  const leaving: Item[] = [];
  for (const key of packageKeys) {
    const records = (await ports.book.shard(shardName(key)))?.lookup(matchName(key)) ?? [];
    // most packages have no record, and then the list is not worth loading
    const cves = records.length === 0 ? undefined : await ports.book.cves();
    const judgement = judge(key, records, { shard: shardName(key), generation, cves });
    const at = judgementKey(key);
    const before = stored.get(keyId(at));
    const findings = JSON.stringify(judgement.findings);
    if (before === undefined || (await findingsText(ports.blobs, before)) !== findings)
      differing.push({ key, at, findings });
    else if (before.leaving !== undefined) leaving.push(before);
  }
  await sideBySide(leaving, writesAtOnce, (item) => keepJudgement(ports.table, item));
  const done: Differing[] = [];
  await sideBySide(differing, writesAtOnce, async ({ key, at, findings }) => {
    const result = await ports.table.put(
      { ...at, key: packageKeyId(key), generation, ...(await place(ports, at, findings)) },
      { olderThan: { attribute: 'generation', than: generation } },
    );
    done.push({ key, written: result === 'written' });
  });
  return done;
}

/** A sweep is about to take this judgement away; the edge of whoever needs it again stands already, so it needs only hear of it. */
async function keepJudgement(table: Table, { leaving, ...judgement }: Item & Key): Promise<void> {
  const kept = await table.put(judgement, { equals: { attribute: 'leaving', value: String(leaving) } });
  if (kept === 'refused') await table.put(judgement, { absent: true });
}

/** In the row, or in a blob that is known by its hash, which an entry leads back to the row. */
async function place(
  { table, blobs }: Pick<JudgePorts, 'table' | 'blobs'>,
  at: Key,
  text: string,
): Promise<{ findings?: Uint8Array; blob?: string }> {
  const bytes = packJson(JSON.parse(text));
  if (bytes.length <= inRow) return { findings: bytes };
  const hash = createHash('sha256').update(bytes).digest('hex');
  const owner = createHash('sha256').update(keyId(at)).digest('hex');
  await table.put({ ...keys.judgementBlob(hash, owner), of: at, rev: randomUUID() });
  await blobs.put(`judgements/${hash}`, bytes);
  return { blob: `judgements/${hash}` };
}

async function findingsText(blobs: Blobs, item: Item): Promise<string> {
  return JSON.stringify(await findingsOf(blobs, item));
}

// Nineteen of twenty package keys have no finding, and unpacking costs more than looking.
const packedNone = packJson([]);

async function findingsOf(blobs: Blobs, item: Item): Promise<Finding[]> {
  if (item.findings instanceof Uint8Array && packedNone.equals(item.findings)) return [];
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
  const found = await readJudgementsByKey(
    ports,
    packageKeys.map((key) => [packageKeyId(key), key]),
  );
  return [...found.values()];
}

/** The same by the id of their key, for whoever knows it already. */
export async function readJudgementsByKey(
  ports: Pick<JudgePorts, 'table' | 'blobs'>,
  packageKeys: readonly (readonly [string, PackageKey])[],
): Promise<ReadonlyMap<string, Judgement>> {
  const keyOf = new Map(packageKeys);
  const items = await ports.table.batchGet([...keyOf.values()].map(judgementKey), { consistent: true });
  const found = new Map<string, Judgement>();
  for (const item of items) {
    const id = String(item.key);
    const key = keyOf.get(id) ?? parsePackageKeyId(id);
    const generation = Number(item.generation);
    found.set(id, { key, shard: shardName(key), generation, findings: await findingsOf(ports.blobs, item) });
  }
  return found;
}
