import type { BusClock } from '../../../local/bus/index.ts';

/** A clock that stands until it is moved; `advance` calls what falls due, in order, and lets the rest of the program run in between. */
export class HandClock implements BusClock {
  #now = Date.UTC(2026, 10, 20, 12, 0, 0);
  readonly #timers = new Set<{ at: number; fn: () => void }>();

  now(): Date {
    return new Date(this.#now);
  }

  setTimer(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, fn };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await breathe();
      const next = [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.fn();
    }
    this.#now = end;
    await breathe();
  }
}

/** Lets every promise that can go on go on. */
export async function breathe(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((done) => setImmediate(done));
}
