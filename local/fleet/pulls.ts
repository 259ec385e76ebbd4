import type { RevisionImage, TaskRow } from './rows.ts';
import type { Tx } from './state.ts';
import { noteTask } from './task-outcomes.ts';
import { failPull, finishPull } from './tasks.ts';

/** How a task gets its images: resolves and pulls from the registry as the container agent does. */
export interface ImageResolver {
  /** The digest (of the manifest or index) that the registry answers for a reference. Throws when it has none. */
  resolve(image: string): Promise<{ readonly digest: string }>;
  /** Reads the image of that digest whole. `exits`: its process ends as soon as it is started. Throws when it cannot be had. */
  pull(image: string, digest: string): Promise<{ readonly exits?: boolean }>;
}

/** After so many failed resolutions a deployment goes on without a fixed digest (aws.md 3.4). */
const RESOLUTIONS_BEFORE_UNPINNED = 3;

/** Runs a decision on the rows and writes it down. */
export type Commit = <T>(decide: (tx: Tx) => T) => T;

/**
 * Pulls for tasks. The first task of a deployment fixes tag -> digest for all of them: tasks that start together wait for
 * one resolution, and its digest is written into the service revision before anything is pulled.
 */
export class Puller {
  readonly #resolver: ImageResolver;
  readonly #commit: Commit;
  readonly #resolving = new Map<string, Promise<string>>();
  readonly #pulling = new Set<string>();

  constructor(resolver: ImageResolver, commit: Commit) {
    this.#resolver = resolver;
    this.#commit = commit;
  }

  /** Pulls all images of a task and reports to the rows; one pull per task at a time. */
  async pull(arn: string): Promise<void> {
    if (this.#pulling.has(arn)) return;
    this.#pulling.add(arn);
    try {
      await this.#pullAll(arn);
    } finally {
      this.#pulling.delete(arn);
    }
  }

  async #pullAll(arn: string): Promise<void> {
    const containers = this.#commit((tx) => tx.get('task', arn)?.containers) ?? [];
    const pulled = new Map<string, { readonly digest: string; readonly exits: boolean }>();
    for (const { name, image } of containers) {
      try {
        const digest = await this.#digestOf(arn, name, image);
        const { exits } = await this.#resolver.pull(image, digest);
        pulled.set(name, { digest, exits: exits === true });
      } catch (error) {
        this.#report(arn, (tx, task) => {
          failPull(tx, task, name, cannotPull(image, error));
          noteTask(tx, task, 'failed');
        });
        return;
      }
    }
    this.#report(arn, (tx, task) => finishPull(tx, task, pulled));
  }

  /** A task that was stopped meanwhile is none of our business any more. */
  #report(arn: string, report: (tx: Tx, task: TaskRow) => void): void {
    this.#commit((tx) => {
      const task = tx.get('task', arn);
      if (task?.pulling === true && task.lastStatus === 'PENDING') report(tx, task);
    });
  }

  async #digestOf(task: string, container: string, image: string): Promise<string> {
    const named = /@(sha(?:256|512):[0-9a-f]+)$/.exec(image)?.[1];
    if (named !== undefined) return named;
    const revision = this.#commit((tx) => tx.get('task', task)?.revision);
    const entry = revision === undefined ? undefined : this.#entry(revision, container);
    if (revision === undefined || entry?.pinned !== true) return (await this.#resolver.resolve(image)).digest;
    if (entry.digest !== undefined) return entry.digest;
    const key = `${revision} ${container}`;
    const running = this.#resolving.get(key) ?? this.#resolveFor(revision, container, image);
    this.#resolving.set(key, running);
    try {
      return await running;
    } finally {
      if (this.#resolving.get(key) === running) this.#resolving.delete(key);
    }
  }

  async #resolveFor(revision: string, container: string, image: string): Promise<string> {
    try {
      const { digest } = await this.#resolver.resolve(image);
      return (
        this.#change(revision, container, (entry) => ({ ...entry, digest: entry.digest ?? digest }))?.digest ?? digest
      );
    } catch (error) {
      this.#change(revision, container, (entry) => ({
        ...entry,
        failures: entry.failures + 1,
        pinned: entry.failures + 1 < RESOLUTIONS_BEFORE_UNPINNED,
      }));
      throw error;
    }
  }

  #entry(revision: string, container: string): RevisionImage | undefined {
    return this.#commit((tx) => tx.get('revision', revision)?.images.find((image) => image.container === container));
  }

  #change(
    revision: string,
    container: string,
    change: (entry: RevisionImage) => RevisionImage,
  ): RevisionImage | undefined {
    return this.#commit((tx) => {
      const row = tx.get('revision', revision);
      if (row === undefined) return undefined;
      const images = row.images.map((image) => (image.container === container ? change(image) : image));
      tx.put('revision', { ...row, images });
      return images.find((image) => image.container === container);
    });
  }
}

/** The reason as the agent writes it; the registry's words are hostile text: one line, bounded. */
function cannotPull(image: string, error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  const text = said.startsWith('CannotPull')
    ? said
    : `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ${said}`;
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 1024);
}
