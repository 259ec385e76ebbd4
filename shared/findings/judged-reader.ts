import { parsePackageKeyId } from '#shared/inventory';
import type { Judgement } from '#shared/judging';
import type { Blobs, Table } from '#shared/store';
import type { VexStatement } from '#shared/vex';
import { readJudgementsByKey } from './judge-keys.ts';
import { readPackageSetIds } from './package-sets.ts';
import { sideBySide } from './side-by-side.ts';
import { readVexStatements } from './vex-store.ts';

/** Reads package sets and judgements, each once: images share most of theirs. What it gave is as old as its first reading. */
export interface JudgedReader {
  /** reads what these sets hold and how it is judged, in few large requests, before it is asked for set by set */
  prepare(sets: readonly string[]): Promise<void>;
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
  const judged = new Map<string, Judgement>();
  const readings = new Map<string, Promise<void>>();
  const set = (id: string): Promise<readonly string[]> => {
    const found = sets.get(id) ?? readPackageSetIds(ports.blobs, id);
    sets.set(id, found);
    return found;
  };
  const read = async (ids: readonly string[]): Promise<void> => {
    for (const [id, judgement] of await readJudgementsByKey(
      ports,
      ids.map((id) => [id, parsePackageKeyId(id)]),
    ))
      judged.set(id, judgement);
  };
  const ready = async (ids: Iterable<string>): Promise<void> => {
    const missing = [...new Set(ids)].filter((id) => !readings.has(id));
    if (missing.length > 0) {
      const reading = read(missing);
      for (const id of missing) readings.set(id, reading);
    }
    await Promise.all(new Set([...ids].map((id) => readings.get(id))));
  };
  return {
    vex: () => {
      vex ??= readVexStatements(ports.table);
      return vex;
    },
    set,
    async prepare(wanted) {
      const ids = new Set<string>();
      await sideBySide(new Set(wanted), setsAtOnce, async (id) => {
        // one that cannot be read fails whoever asks for it
        for (const key of await set(id).catch(() => [])) ids.add(key);
      });
      await ready(ids);
    },
    async judgements(ids) {
      await ready(ids);
      return ids.flatMap((id) => {
        const judgement = judged.get(id);
        return judgement === undefined ? [] : [[id, judgement] as const];
      });
    },
  };
}

/** Below the sockets that the SDK keeps for one host. */
const setsAtOnce = 48;
