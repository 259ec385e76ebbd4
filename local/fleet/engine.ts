import type { FleetClock } from './clock.ts';
import { stepService } from './deployments.ts';
import type { EcsEvent } from './events.ts';
import type { Names } from './names.ts';
import { type ImageResolver, Puller } from './pulls.ts';
import type { Snapshot } from './snapshot.ts';
import { type Change, type FleetState, Tx } from './state.ts';
import { noteTask } from './task-outcomes.ts';
import { advanceTask } from './tasks.ts';

export interface EngineOptions {
  readonly snapshot: Snapshot;
  readonly names: Names;
  readonly clock: FleetClock;
  readonly taskStartMs: number;
  readonly resolver: ImageResolver;
  readonly onEvent: (event: EcsEvent) => void;
}

/**
 * Keeps a fleet going: runs decisions one after another, writes each down before anybody sees it, and wakes what is due.
 * What is due stands in the rows, so that a new process goes on where the old one was killed.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #state: FleetState;
  readonly #puller: Puller;
  /** when each row that waits for time wants to be looked at (ms) */
  readonly #due = new Map<string, { readonly at: number; readonly kind: 'task' | 'service' }>();
  readonly #pulls = new Set<Promise<void>>();
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  #closed = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#state = options.snapshot.load();
    this.#puller = new Puller(options.resolver, (decide) => this.commit(decide));
  }

  /** Takes up the work that the rows speak of. */
  start(): void {
    const { task, service } = this.#state.rows;
    for (const row of service.values()) this.#watch({ kind: 'service', key: row.arn, row });
    for (const row of task.values()) this.#watch({ kind: 'task', key: row.arn, row });
    this.#arm();
  }

  /** Runs a decision; its changes are on disk when this returns. What it throws leaves nothing behind. */
  commit<T>(decide: (tx: Tx) => T): T {
    const tx = new Tx(this.#state, {
      now: this.#options.clock.now().getTime(),
      names: this.#options.names,
      taskStartMs: this.#options.taskStartMs,
    });
    const result = decide(tx);
    if (this.#closed) return result;
    this.#stepTouched(tx);
    const changes = tx.changes();
    this.#options.snapshot.append(changes, this.#state);
    for (const change of changes) this.#watch(change);
    this.#arm();
    for (const event of tx.events) this.#tell(event);
    return result;
  }

  /** Resolves when no pull is going on: tests advance the clock between. */
  async settled(): Promise<void> {
    while (this.#pulls.size > 0) await Promise.allSettled([...this.#pulls]);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#due.clear();
  }

  /** Every service of which a row changed is looked at in the same breath: nobody sees a half-made step. */
  #stepTouched(tx: Tx): void {
    const services = new Set<string>();
    for (const change of tx.changes()) {
      if (change.kind === 'service') services.add(change.key);
      if (change.kind === 'task') {
        const service = (tx.get('task', change.key) ?? this.#state.rows.task.get(change.key))?.service;
        if (service !== undefined) services.add(service);
      }
    }
    for (const service of services) stepService(tx, service);
  }

  #watch(change: Change): void {
    if (change.kind === 'task') {
      const row = this.#state.rows.task.get(change.key);
      this.#schedule('task', change.key, row?.dueAt);
      if (row?.pulling === true) this.#pull(change.key);
    } else if (change.kind === 'service') {
      this.#schedule('service', change.key, this.#state.rows.service.get(change.key)?.wakeAt);
    }
  }

  #pull(arn: string): void {
    const pull = this.#puller.pull(arn);
    this.#pulls.add(pull);
    pull.finally(() => this.#pulls.delete(pull));
  }

  #schedule(kind: 'task' | 'service', key: string, at: number | undefined): void {
    if (at === undefined) this.#due.delete(key);
    else this.#due.set(key, { at, kind });
  }

  #arm(): void {
    if (this.#closed) return;
    let at = Number.POSITIVE_INFINITY;
    for (const due of this.#due.values()) at = Math.min(at, due.at);
    if (this.#timer?.at === at) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (at === Number.POSITIVE_INFINITY) return;
    const wait = Math.max(0, at - this.#options.clock.now().getTime());
    this.#timer = { at, cancel: this.#options.clock.setTimer(wait, () => this.#wake()) };
  }

  #wake(): void {
    this.#timer = undefined;
    if (this.#closed) return;
    const now = this.#options.clock.now().getTime();
    const due = [...this.#due].filter(([, { at }]) => at <= now);
    this.commit((tx) => {
      for (const [key, { kind }] of due) {
        if (kind === 'service') stepService(tx, key);
        const task = kind === 'task' ? tx.get('task', key) : undefined;
        if (task?.dueAt !== undefined && task.dueAt <= now) noteTask(tx, task, advanceTask(tx, task));
      }
    });
  }

  /** A listener that throws is its own trouble, never the fleet's; but it is said. */
  #tell(event: EcsEvent): void {
    try {
      this.#options.onEvent(event);
    } catch (error) {
      process.emitWarning(`A listener of fleet events failed on ${event['detail-type']}: ${String(error)}`);
    }
  }
}
