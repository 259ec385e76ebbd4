import { createHash } from 'node:crypto';
import type { ShardRow } from './match-records.ts';
import { type NamedRecords, packApart } from './shard-apart.ts';
import { magic, type ShardHead, squeeze } from './shard-form.ts';

/** A built shard: its bytes under their hash, and what the manifest says of it. */
export interface BuiltShard {
  readonly name: string;
  readonly bytes: Buffer;
  /** sha256 of the bytes, hex */
  readonly hash: string;
  /** rows, that is (record, package name) pairs */
  readonly records: number;
  /** newest `modified` of its records, also one that lies in the future */
  readonly asOf: string;
  /** the different `modified` times of its records, in order */
  readonly modified: readonly string[];
}

/**
 * Builds one shard from its rows: a sorted table with an index and one compressed block per package, and apart from it packages that are malware. The same rows give the same
 * bytes in whatever order they come. Of two rows with one record id for one package the later modified counts.
 */
export function buildShard(name: string, rows: Iterable<Pick<ShardRow, 'package' | 'record'>>): BuiltShard {
  const builder = shardBuilder(name);
  for (const row of rows) builder.add(row);
  return builder.build();
}

interface Row {
  readonly id: string;
  readonly modified: string;
  readonly json: string;
  readonly malicious: boolean;
}

/** Collects rows as text, which takes a third of the memory of the objects; for feeds that are streamed. */
export function shardBuilder(name: string): {
  add(row: Pick<ShardRow, 'package' | 'record'>): void;
  build(): BuiltShard;
} {
  const packages = new Map<string, Row[]>();
  const times = new Set<string>();
  let asOf = '';
  return {
    add({ package: packageName, record }) {
      const json = JSON.stringify(record);
      const row = { id: record.id, modified: record.modified, json, malicious: record.malicious === true };
      times.add(record.modified);
      if (record.modified > asOf) asOf = record.modified;
      const rows = packages.get(packageName);
      if (rows === undefined) packages.set(packageName, [row]);
      else rows.push(row);
    },
    build() {
      const sorted = [...packages]
        .map(([text, rows]) => ({ key: Buffer.from(text), rows }))
        .sort((a, b) => Buffer.compare(a.key, b.key));
      const index: Buffer[] = [];
      const blocks: Buffer[] = [];
      const apart: NamedRecords[] = [];
      let records = 0;
      for (const { key, rows } of sorted) {
        const kept = latest(rows);
        records += kept.length;
        const json = `[${kept.map((row) => row.json).join(',')}]`;
        if (kept.every(({ malicious }) => malicious)) {
          apart.push({ key, json });
          continue;
        }
        const block = squeeze(Buffer.from(json));
        const entry = Buffer.alloc(6 + key.length);
        entry.writeUInt16LE(key.length, 0);
        key.copy(entry, 2);
        entry.writeUInt32LE(block.length, 2 + key.length);
        index.push(entry);
        blocks.push(block);
      }
      const head: ShardHead = { name, asOf };
      const packed = packApart(apart);
      const bytes = Buffer.concat([
        magic,
        ...part(squeeze(Buffer.from(JSON.stringify(head)))),
        ...part(squeeze(Buffer.concat(index))),
        ...part(squeeze(packed.index)),
        ...blocks,
        ...packed.blocks,
      ]);
      return {
        name,
        bytes,
        hash: createHash('sha256').update(bytes).digest('hex'),
        records,
        asOf,
        modified: [...times].sort(),
      };
    },
  };
}

function latest(rows: readonly Row[]): readonly Row[] {
  const byId = new Map<string, Row>();
  for (const row of rows) {
    const known = byId.get(row.id);
    if (known === undefined || after(row, known)) byId.set(row.id, row);
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

// Equal times are decided by the text, so that arrival decides nothing.
const after = (a: Row, b: Row): boolean => a.modified > b.modified || (a.modified === b.modified && a.json > b.json);

function part(bytes: Buffer): [Buffer, Buffer] {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return [length, bytes];
}
