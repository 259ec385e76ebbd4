/** Work that is done at once and fails as one: the first failure stops the rest by its signal, and is the one that is told. */
export class JoinedWork {
  /** aborted by the first failure, or by the signal from outside, with its reason */
  readonly signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #begun: Promise<void>[] = [];
  #first: { readonly error: unknown } | undefined;

  constructor(outside: AbortSignal | undefined) {
    this.signal = outside === undefined ? this.#stop.signal : AbortSignal.any([outside, this.#stop.signal]);
  }

  /** Takes work that was begun. */
  add(work: Promise<void>): void {
    const told = work.catch((error: unknown) => {
      this.#first ??= { error };
      this.#stop.abort(error);
    });
    this.#begun.push(told);
  }

  /** Waits for all of it. Throws the first failure. */
  async end(): Promise<void> {
    await Promise.all(this.#begun.splice(0));
    if (this.#first !== undefined) throw this.#first.error;
  }
}
