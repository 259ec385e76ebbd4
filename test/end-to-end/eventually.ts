/** Something did not come about in time: what, and what was seen last. */
export class Never extends Error {
  constructor(what: string, seconds: number, last: unknown) {
    const seen = last instanceof Error ? last.message : (JSON.stringify(last)?.slice(0, 2_000) ?? 'nothing');
    super(`${what}: not within ${seconds} s; the last that was seen: ${seen}`);
  }
}

/**
 * Asks until `probe` gives something other than undefined or false; its errors count as "not yet". The deadline only ends a test that has failed, nothing waits for it.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  options: { readonly seconds?: number; readonly seen?: () => unknown } = {},
): Promise<T> {
  const { seconds = 120 } = options;
  const end = performance.now() + seconds * 1_000;
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
      last = found;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Never(what, seconds, options.seen?.() ?? last);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}
