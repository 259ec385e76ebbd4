import type { EcsEvent } from './events.ts';
import type { Names } from './names.ts';
import { KINDS, type Kind, type Tables, type TaskRow } from './rows.ts';

type Maps = { readonly [K in Kind]: Map<string, Tables[K]> };
type Overlay = { readonly [K in Kind]: Map<string, Tables[K] | undefined> };

/** One changed row; without `row` it is gone. */
export interface Change {
  readonly kind: Kind;
  readonly key: string;
  readonly row?: Tables[Kind];
}

/** Everything that a fleet knows, with the indexes that its scheduler needs. Only `apply` changes it. */
export class FleetState {
  readonly rows: Maps = {
    cluster: new Map(),
    definition: new Map(),
    service: new Map(),
    rollout: new Map(),
    revision: new Map(),
    task: new Map(),
  };
  readonly tasksOfService = new Map<string, Set<string>>();
  /** highest revision number per family, whatever its status: numbers are never given twice */
  readonly newestRevision = new Map<string, number>();

  apply(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind === 'task') this.#indexTask(change);
      const table = this.rows[change.kind] as Map<string, unknown>;
      if (change.row === undefined) table.delete(change.key);
      else table.set(change.key, change.row);
      if (change.kind === 'definition' && change.row !== undefined) {
        const definition = change.row as Tables['definition'];
        const newest = this.newestRevision.get(definition.family) ?? 0;
        this.newestRevision.set(definition.family, Math.max(newest, definition.revision));
      }
    }
  }

  #indexTask(change: Change): void {
    const service = ((change.row ?? this.rows.task.get(change.key)) as TaskRow | undefined)?.service;
    if (service === undefined) return;
    const tasks = this.tasksOfService.get(service) ?? new Set();
    if (change.row === undefined) tasks.delete(change.key);
    else tasks.add(change.key);
    if (tasks.size === 0) this.tasksOfService.delete(service);
    else this.tasksOfService.set(service, tasks);
  }
}

/** What every decision may ask for and nothing else: the rows, the time, fresh names. */
export interface TxContext {
  readonly now: number;
  readonly names: Names;
  /** usual time from the creation of a task to RUNNING, ms */
  readonly taskStartMs: number;
}

/**
 * A change of the fleet while it is decided: reads through to the state, keeps its writes and announcements to itself.
 * A decision that throws leaves nothing behind; the engine writes `changes()` down before anybody sees them.
 */
export class Tx {
  readonly now: number;
  readonly names: Names;
  readonly taskStartMs: number;
  readonly events: EcsEvent[] = [];
  readonly #state: FleetState;
  readonly #overlay: Overlay = {
    cluster: new Map(),
    definition: new Map(),
    service: new Map(),
    rollout: new Map(),
    revision: new Map(),
    task: new Map(),
  };

  constructor(state: FleetState, context: TxContext) {
    this.#state = state;
    this.now = context.now;
    this.names = context.names;
    this.taskStartMs = context.taskStartMs;
  }

  get<K extends Kind>(kind: K, key: string): Tables[K] | undefined {
    const overlay = this.#overlay[kind] as Map<string, Tables[K] | undefined>;
    if (overlay.has(key)) return overlay.get(key);
    return (this.#state.rows[kind] as Map<string, Tables[K]>).get(key);
  }

  put<K extends Kind>(kind: K, row: Tables[K]): Tables[K] {
    (this.#overlay[kind] as Map<string, Tables[K] | undefined>).set(row.arn, row);
    return row;
  }

  drop(kind: Kind, key: string): void {
    (this.#overlay[kind] as Map<string, undefined>).set(key, undefined);
  }

  /** Every row of a kind, in the order in which they came to be. */
  *all<K extends Kind>(kind: K): Generator<Tables[K]> {
    const overlay = this.#overlay[kind] as Map<string, Tables[K] | undefined>;
    const base = this.#state.rows[kind] as Map<string, Tables[K]>;
    for (const [key, row] of base) {
      const current = overlay.has(key) ? overlay.get(key) : row;
      if (current !== undefined) yield current;
    }
    for (const [key, row] of overlay) if (row !== undefined && !base.has(key)) yield row;
  }

  /** The tasks of a service that are still remembered, stopped ones included, oldest first. */
  tasksOf(service: string): TaskRow[] {
    const tasks: TaskRow[] = [];
    const known = this.#state.tasksOfService.get(service) ?? new Set<string>();
    for (const arn of known) {
      const task = this.get('task', arn);
      if (task !== undefined) tasks.push(task);
    }
    for (const [arn, task] of this.#overlay.task) {
      if (task?.service === service && !known.has(arn)) tasks.push(task);
    }
    return tasks;
  }

  newestRevision(family: string): number {
    let newest = this.#state.newestRevision.get(family) ?? 0;
    for (const row of this.#overlay.definition.values()) {
      if (row?.family === family) newest = Math.max(newest, row.revision);
    }
    return newest;
  }

  announce(event: EcsEvent): void {
    this.events.push(event);
  }

  changes(): Change[] {
    const changes: Change[] = [];
    for (const kind of KINDS) {
      for (const [key, row] of this.#overlay[kind])
        changes.push(row === undefined ? { kind, key } : { kind, key, row });
    }
    return changes;
  }
}
