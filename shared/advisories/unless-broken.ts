import { BrokenShard } from './errors.ts';

/** What was read, or undefined when it is gone or damaged (BrokenShard): as if it had never been known. Every other error is thrown. */
export async function unlessBroken<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof BrokenShard) return undefined;
    throw error;
  }
}
