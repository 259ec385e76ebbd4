import type { OpenedShard } from './open-shard.ts';

/** Opened shards by hash: asked for once at a time, the longest unused given up when together they are too large. */
export interface WarmShards {
  get(hash: string, bytes: number): Promise<OpenedShard | undefined>;
}

const most = 192 << 20;

/**
 * Keeps shards warm. A shard that could not be loaded is asked for again next time.
 *
 * @param load gives undefined when there is none
 */
export function warmShards(load: (hash: string) => Promise<OpenedShard | undefined>, limit = most): WarmShards {
  const warm = new Map<string, { readonly shard: Promise<OpenedShard | undefined>; readonly bytes: number }>();
  let size = 0;
  const drop = (hash: string): void => {
    size -= warm.get(hash)?.bytes ?? 0;
    warm.delete(hash);
  };
  return {
    async get(hash, bytes) {
      const known = warm.get(hash);
      if (known !== undefined) {
        warm.delete(hash);
        warm.set(hash, known);
        return known.shard;
      }
      const shard = load(hash);
      warm.set(hash, { shard, bytes });
      size += bytes;
      for (const oldest of warm.keys()) {
        if (size <= limit || oldest === hash) break;
        drop(oldest);
      }
      try {
        const loaded = await shard;
        if (loaded === undefined) drop(hash);
        return loaded;
      } catch (error) {
        drop(hash);
        throw error;
      }
    },
  };
}
