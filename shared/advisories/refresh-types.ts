import type { CatalogueRequest } from './catalogues.ts';
import type { FeedRefused } from './errors.ts';
import type { ReadProgress } from './read-ecosystem.ts';
import type { AdvisorySource, BrokenRecord, ShardChange } from './types.ts';

/** What a refresh is asked to do. */
export interface RefreshRequest extends CatalogueRequest {
  readonly source: AdvisorySource;
  /** base ecosystems; without them and `shards` all that the source holds */
  readonly ecosystems?: readonly string[];
  /** only these shards, e.g. those that images need */
  readonly shards?: readonly string[];
  readonly now: () => Date;
  /** read also what the source says is unchanged */
  readonly force?: boolean;
  readonly progress?: ReadProgress;
}

/** What a refresh came to. */
export interface RefreshResult {
  /** the newest generation, after it */
  readonly generation: number;
  /** false: nothing was different, or everything was refused */
  readonly published: boolean;
  /** names that can be judged differently, against the generation that was replaced */
  readonly changes: readonly ShardChange[];
  /** CVEs that the catalogue of known exploited vulnerabilities gained or lost */
  readonly exploited: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** records that were skipped: the first hundred per ecosystem; `brokenCount` counts all */
  readonly broken: readonly BrokenRecord[];
  readonly brokenCount: number;
  /** what kept its last good state, and why */
  readonly refused: readonly FeedRefused[];
}
