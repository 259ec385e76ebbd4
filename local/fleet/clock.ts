/** Time as the fleet sees it; tests advance it by hand. */
export interface FleetClock {
  now(): Date;
  /** Calls `fn` once after `ms`; the answer cancels it. */
  setTimer(ms: number, fn: () => void): () => void;
}

/** The machine's clock. Its timers do not keep a process alive: the server does. */
export const realClock: FleetClock = {
  now: () => new Date(),
  setTimer: (ms, fn) => {
    const timer = setTimeout(fn, Math.min(ms, 2_147_483_647));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
