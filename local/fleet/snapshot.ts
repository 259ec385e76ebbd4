import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { KINDS } from './rows.ts';
import { type Change, FleetState } from './state.ts';

const FORMAT = 1;
const COMPACT_AFTER_BYTES = 4 * 1024 * 1024;

/** The fleet's folder holds what this version cannot read. */
export class FleetFolderError extends Error {
  readonly code = 'FLEET_FOLDER';
  readonly folder: string;

  constructor(folder: string, what: string, cause?: unknown) {
    super(`${what} in ${folder}. Move the folder away, or start with an empty one.`, { cause });
    this.name = 'FleetFolderError';
    this.folder = folder;
  }
}

/**
 * Where a fleet survives its process: `snapshot.json` (replaced by rename) and `journal.jsonl`, one line per change of the
 * fleet. A line is written by one call before anybody sees its effect, so a killed process loses nothing it told; a torn
 * last line was never told. Replaying a journal over a newer snapshot is harmless: whole rows, the last one wins.
 */
export class Snapshot {
  readonly #folder: string;
  readonly #snapshot: string;
  readonly #journal: string;
  #journalBytes = 0;
  #snapshotBytes = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#snapshot = path.join(folder, 'snapshot.json');
    this.#journal = path.join(folder, 'journal.jsonl');
  }

  /** Reads what is there and starts a fresh journal. Throws FleetFolderError on a folder of another making. */
  load(): FleetState {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const state = new FleetState();
    if (existsSync(this.#snapshot)) state.apply(this.#parse(readFileSync(this.#snapshot, 'utf8'), 'snapshot.json'));
    if (existsSync(this.#journal)) {
      const text = readFileSync(this.#journal, 'utf8');
      const lines = text.split('\n');
      const torn = lines.pop();
      for (const line of lines) state.apply(this.#parse(line, 'journal.jsonl'));
      if (torn !== undefined && torn !== '')
        process.emitWarning('The fleet journal ends in half a line; it is left out.');
    }
    this.compact(state);
    return state;
  }

  append(changes: readonly Change[], state: FleetState): void {
    if (changes.length === 0) return;
    const line = `${JSON.stringify({ format: FORMAT, changes })}\n`;
    appendFileSync(this.#journal, line, { mode: 0o600 });
    this.#journalBytes += Buffer.byteLength(line);
    state.apply(changes);
    // Rewriting costs as much as all that there is: the more there is, the more rarely.
    if (this.#journalBytes > Math.max(COMPACT_AFTER_BYTES, this.#snapshotBytes)) this.compact(state);
  }

  compact(state: FleetState): void {
    const changes: Change[] = [];
    for (const kind of KINDS) for (const [key, row] of state.rows[kind]) changes.push({ kind, key, row });
    const fresh = `${this.#snapshot}.new`;
    const file = openSync(fresh, 'w', 0o600);
    try {
      const text = JSON.stringify({ format: FORMAT, changes });
      writeFileSync(file, text);
      this.#snapshotBytes = text.length;
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, this.#snapshot);
    if (existsSync(this.#journal)) truncateSync(this.#journal);
    this.#journalBytes = 0;
  }

  #parse(text: string, file: string): readonly Change[] {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch (cause) {
      throw new FleetFolderError(this.#folder, `${file} is not readable as JSON`, cause);
    }
    const { format, changes } = (parsed ?? {}) as { format?: unknown; changes?: unknown };
    if (format !== FORMAT || !Array.isArray(changes)) {
      throw new FleetFolderError(this.#folder, `${file} is not of format ${FORMAT}`);
    }
    return changes as Change[];
  }
}
