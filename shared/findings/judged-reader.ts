import { parsePackageKeyId } from '#shared/inventory';
import type { Judgement } from '#shared/judging';
import type { Blobs, Table } from '#shared/store';
import type { VexStatement } from '#shared/vex';
import { readJudgementsByKey } from './judge-keys.ts';
import { readPackageSetIds } from './package-sets.ts';
import { readVexStatements } from './vex-store.ts';

/** Reads package sets and judgements, each once: images share most of theirs. What it gave is as old as its first reading. */
export interface JudgedReader {
  /** ids of the package keys of a set */
  set(id: string): Promise<readonly string[]>;
  /** by the id of their key; one that was never judged is absent */
  judgements(ids: readonly string[]): Promise<readonly (readonly [string, Judgement])[]>;
  /** what the VEX documents say that people brought */
  vex(): Promise<readonly VexStatement[]>;
}

/** A reader for one piece of work; it remembers all that it read. */
export function judgedReader(ports: { readonly table: Table; readonly blobs: Blobs }): JudgedReader {
  let vex: Promise<readonly VexStatement[]> | undefined;
  const sets = new Map<string, Promise<readonly string[]>>();
  const readings = new Map<string, Promise<ReadonlyMap<string, Judgement>>>();
  return {
    vex: () => {
      vex ??= readVexStatements(ports.table);
      return vex;
    },
    set(id) {
      const found = sets.get(id) ?? readPackageSetIds(ports.blobs, id);
      sets.set(id, found);
      return found;
    },
    async judgements(ids) {
      const missing = ids.filter((id) => !readings.has(id));
      if (missing.length > 0) {
        const reading = readJudgementsByKey(
          ports,
          missing.map((id) => [id, parsePackageKeyId(id)]),
        );
        for (const id of missing) readings.set(id, reading);
      }
      const found: [string, Judgement][] = [];
      for (const id of ids) {
        const judgement = (await readings.get(id))?.get(id);
        if (judgement !== undefined) found.push([id, judgement]);
      }
      return found;
    },
  };
}
