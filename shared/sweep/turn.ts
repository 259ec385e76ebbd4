import type { Blobs, Key, Table } from '#shared/store';
import { keys } from '#shared/store';
import type { RegistryCatalogue } from './catalogue.ts';
import { digestsInUse } from './in-use.ts';
import { type KnownDigests, knownDigests } from './known-digests.ts';
import { add, noCounts, type Stage, type SweepCounts, type SweepRun, writeRun } from './run.ts';
import { assumedBytes, type SweepItem, type SweepPolicy } from './sweep-order.ts';
import type { ForgetPolicy } from './unused-images.ts';
import { type Running, whatRuns } from './what-runs.ts';

/** What sweeping needs. */
export interface SweepPorts {
  readonly table: Table;
  readonly blobs: Blobs;
  readonly catalogue: RegistryCatalogue;
  readonly policy: () => Promise<SweepPolicy & ForgetPolicy>;
  /** extractor versions of today: what was read by older ones is read again */
  readonly extractors: string;
  readonly now: () => Date;
  readonly want: (item: SweepItem) => Promise<void>;
}

/** Somebody else noted something of the sweep meanwhile: what this turn does is done by another. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/** How long one turn works: well within a function's 15 minutes. */
export const turnMs = 10 * 60_000;
/** A turn that was cut is somebody else's after this. */
const leaseMs = 14 * 60_000;
/** What was asked for, or walked through, between two notes. */
const wantsPerNote = 100;
const stepsPerNote = 50;

/** One turn of a sweep: what is read once for all of it, the day's budget, and the notes by which the next one goes on. */
export class Turn {
  readonly ports: SweepPorts;
  readonly #end: number;
  readonly #day: Key;
  #run: SweepRun;
  #asked: number;
  #counts: SweepCounts = noCounts;
  #wants = 0;
  #steps = 0;
  #running: Promise<Running> | undefined;
  #known: Promise<KnownDigests> | undefined;
  #inUse: Promise<ReadonlySet<string>> | undefined;

  private constructor(ports: SweepPorts, run: SweepRun, now: Date, day: Key, asked: number) {
    this.ports = ports;
    this.#run = run;
    this.#end = now.getTime() + turnMs;
    this.#day = day;
    this.#asked = asked;
  }

  /** Takes the turn of a run; undefined when somebody else did. */
  static async take(
    ports: SweepPorts,
    run: Omit<SweepRun, 'rev' | 'until'>,
    was: SweepRun | undefined,
    now: Date,
  ): Promise<Turn | undefined> {
    const until = new Date(now.getTime() + leaseMs).toISOString();
    const taken = await writeRun(ports.table, { ...run, until, turns: run.turns + 1 }, was);
    if (taken === undefined) return undefined;
    const day = keys.sweep(now.toISOString().slice(0, 10));
    const asked = Number((await ports.table.get(day, { consistent: true }))?.bytes ?? 0);
    return new Turn(ports, taken, now, day, asked);
  }

  get run(): SweepRun {
    return this.#run;
  }

  /** Bytes that were asked for today, by this sweep and by those before it. */
  get askedToday(): number {
    return this.#asked;
  }

  /** What the sweep came to so far, this turn included. */
  get counts(): SweepCounts {
    return add(this.#run.counts, this.#counts);
  }

  get isOver(): boolean {
    return this.ports.now().getTime() >= this.#end;
  }

  running(): Promise<Running> {
    this.#running ??= whatRuns(this.ports.table);
    return this.#running;
  }

  known(): Promise<KnownDigests> {
    this.#known ??= knownDigests(this.ports.table, this.ports.extractors);
    return this.#known;
  }

  inUse(): Promise<ReadonlySet<string>> {
    this.#inUse ??= digestsInUse(this.ports.table);
    return this.#inUse;
  }

  count(more: Partial<SweepCounts>): void {
    this.#counts = add(this.#counts, more);
  }

  /** Asks for an image. The day's bytes are noted as they are asked for: a second sweep of the day, and one that was cut, keep to the same budget. */
  async want(item: SweepItem): Promise<void> {
    await this.ports.want(item);
    const bytes = item.image.bytes ?? assumedBytes;
    this.#asked += bytes;
    this.#wants += 1;
    this.count({ wanted: 1, bytes });
    if (this.#wants % wantsPerNote === 0) await this.#noteBytes();
  }

  /** Says up to where this stage is done; noted now and then, since all that is done twice is harmless. */
  async step(after: string | Key): Promise<void> {
    this.#steps += 1;
    const run = { ...this.#run, after };
    if (this.#steps % stepsPerNote === 0 || this.isOver) await this.#note(run);
    else this.#run = run;
  }

  /** Goes on to another stage. */
  async begin(stage: Stage): Promise<void> {
    const { after: _, ...run } = this.#run;
    await this.#note({ ...run, stage });
  }

  /** Leaves the turn to whoever comes next. */
  async leave(): Promise<void> {
    await this.#note({ ...this.#run, until: '' });
  }

  async #note(run: Omit<SweepRun, 'rev'>): Promise<void> {
    if (this.#wants > 0) await this.#noteBytes();
    const next = await writeRun(this.ports.table, { ...run, counts: add(run.counts, this.#counts) }, this.#run);
    if (next === undefined) throw new Overtaken('another turn of the sweep went on from here');
    this.#run = next;
    this.#counts = noCounts;
  }

  async #noteBytes(): Promise<void> {
    const before = await this.ports.table.get(this.#day, { consistent: true });
    await this.ports.table.put({ ...before, ...this.#day, bytes: this.#asked });
  }
}
