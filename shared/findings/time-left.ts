/** An image that runs and was read: when its read began (ISO), and what it weighs as its registry counts. */
export interface ReadAt {
  readonly readAt: string;
  readonly bytes: number;
}

/** How long reading what runs will still take, at the pace that was measured; or why nobody can say. */
export type TimeLeft = { readonly seconds: number } | { readonly unknown: string };

const windowMs = 15 * 60_000;
const leastMs = 20_000;
const leastImages = 2;

/**
 * Estimates how long what is unread will take: its bytes at the pace of the last 15 minutes. `unread` are its sizes as the registry lists them; one that nobody
 * knows counts as the mean of those that are known, or else of those just read. Without a pace it is unknown, and says why. Pure.
 */
export function timeLeft(read: readonly ReadAt[], unread: readonly (number | undefined)[], now: Date): TimeLeft {
  if (unread.length === 0) return { seconds: 0 };
  const since = new Date(now.getTime() - windowMs).toISOString();
  const recent = read.filter(({ readAt }) => readAt >= since);
  if (recent.length === 0) return { unknown: `nothing was read in the last ${windowMs / 60_000} min` };
  const began = Math.min(...recent.map(({ readAt }) => Date.parse(readAt)));
  const elapsed = now.getTime() - began;
  const done = sum(recent.map(({ bytes }) => bytes));
  if (recent.length < leastImages || elapsed < leastMs || done === 0)
    return { unknown: 'too little was read so far to know the pace' };
  const sizes = unread.filter((bytes) => bytes !== undefined);
  const mean = sizes.length > 0 ? sum(sizes) / sizes.length : done / recent.length;
  const left = sum(unread.map((bytes) => bytes ?? mean));
  return { seconds: Math.ceil((left / done) * (elapsed / 1_000)) };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);
