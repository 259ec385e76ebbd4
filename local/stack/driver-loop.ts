import type { Pass } from '#shared/remedy';

/** Drives rollouts in this process: what a durable function does in AWS. */
export interface DriverLoop {
  /** drives a rollout until it ends; a second call for the same one only looks sooner */
  drive(rollout: string): void;
  /** something happened that rollouts may wait for: look again now */
  nudge(): void;
  close(): Promise<void>;
}

/**
 * A plain loop over passes: the rows say what to do, so a loop that died is replaced by the next start's. A pass that fails is tried again
 * after `retryMs`.
 */
export function driverLoop(options: {
  readonly pass: (rollout: string) => Promise<Pass>;
  readonly trouble: (error: unknown) => void;
  readonly now: () => number;
  readonly retryMs?: number;
}): DriverLoop {
  const active = new Map<string, { look: () => void; done: Promise<void> }>();
  let closed = false;

  async function run(rollout: string, waiter: { wake: () => void }): Promise<void> {
    while (!closed) {
      let wait = options.retryMs ?? 2_000;
      // what happens while a pass goes on, it may have read too early to see
      let again = false;
      waiter.wake = () => {
        again = true;
      };
      try {
        const pass = await options.pass(rollout);
        if (pass.done) return;
        wait = Math.max(50, Date.parse(pass.waitUntil ?? '') - options.now() || wait);
      } catch (error) {
        options.trouble(error);
      }
      if (again) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(wait, 60_000));
        waiter.wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (closed) waiter.wake();
      });
    }
  }

  return {
    drive(rollout) {
      const known = active.get(rollout);
      if (known !== undefined) return known.look();
      const waiter: { wake: () => void } = { wake: () => {} };
      const done = run(rollout, waiter).finally(() => active.delete(rollout));
      active.set(rollout, { look: () => waiter.wake(), done });
    },
    nudge() {
      for (const each of active.values()) each.look();
    },
    async close() {
      closed = true;
      for (const each of active.values()) each.look();
      await Promise.all([...active.values()].map((each) => each.done));
    },
  };
}
