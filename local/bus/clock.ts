/** Time as the bus sees it; tests advance it by hand. The fleet's clock has the same shape. */
export interface BusClock {
  now(): Date;
  /** Calls `fn` once after `ms`; the answer cancels it. */
  setTimer(ms: number, fn: () => void): () => void;
}

/** Longer waits are cut into such (setTimeout's limit is 2^31 - 1 ms). */
const longest = 24 * 60 * 60 * 1000;

/** The machine's clock. Its timers keep no process alive: the servers do. */
export const machineClock: BusClock = {
  now: () => new Date(),
  setTimer: (ms, fn) => {
    const timer = setTimeout(fn, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Calls `fn` once it is `time` (ms since 1970), however far away that is; the answer cancels it. */
export function callAt(clock: BusClock, time: number, fn: () => void): () => void {
  let cancel = (): void => undefined;
  const arm = (): void => {
    const left = time - clock.now().getTime();
    cancel = left > longest ? clock.setTimer(longest, arm) : clock.setTimer(Math.max(0, left), fn);
  };
  arm();
  return () => cancel();
}
