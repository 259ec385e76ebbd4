/** One worker at a time for each key, in the order in which they came. */
export class Locks {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs `work` after everything that came before it under `key`, whether that succeeded or not. */
  async hold<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#tails.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(key) === mine) this.#tails.delete(key);
    }
  }
}
