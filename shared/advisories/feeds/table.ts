import { amazon } from './amazon.ts';
import { curl } from './curl.ts';
import { debian } from './debian-tracker.ts';
import type { Feed } from './feed.ts';
import { redHat } from './red-hat.ts';
import { alpine, chainguard, wolfi } from './secdb.ts';
import { ubuntu } from './ubuntu.ts';

/** Which publication speaks for an ecosystem beside OSV's bulk export, or instead of it, and why. Ecosystems without a row are OSV's alone. */
export interface FeedRow {
  readonly feed: Feed;
  /** which of OSV's records of the ecosystem still count: none, or those that are not the feed's own in OSV's copy */
  readonly osv: 'none' | ((id: string) => boolean);
  readonly reason: string;
  /** so large that a single scan does not wait for it: it takes what `drydock db update` fetched, or OSV's */
  readonly heavy?: true;
}

/** Who is read for what (README has it as a table). */
export const feedTable: readonly FeedRow[] = [
  {
    feed: debian,
    osv: (id) => !id.startsWith('DEBIAN-'),
    reason:
      'Its tracker says what OSV leaves out: what is not affected, what will not be fixed and why. OSV still has the notices (DSA, DLA).',
  },
  {
    feed: ubuntu,
    osv: 'none',
    reason: 'OSV copies the same records, a zip that nears a gigabyte; Canonical packs them better and has them first.',
  },
  {
    feed: amazon,
    osv: 'none',
    reason: 'OSV has nothing of Amazon Linux; its repositories, extras included, say what each update fixes.',
  },
  {
    feed: redHat,
    osv: 'none',
    reason:
      'OSV copies its advisories alone, which say what is fixed; VEX says also what is not affected, what will not be fixed, and all of it for each stream. It is large: a single scan takes what `drydock db update` fetched of it, else OSV’s.',
    heavy: true,
  },
  {
    feed: alpine,
    osv: 'none',
    reason: 'OSV converts secdb and leaves out what was never affected and what has no CVE.',
  },
  {
    feed: wolfi,
    osv: 'none',
    reason: 'The same data as in OSV, where they are a million files with those of Chainguard.',
  },
  {
    feed: chainguard,
    osv: 'none',
    reason: 'The same data as in OSV, where they are a million files.',
  },
  {
    feed: curl,
    osv: 'none',
    reason: 'OSV has no records of curl by release; the project writes its own.',
  },
];

/** The row of a base ecosystem; undefined: OSV's bulk export alone speaks for it. */
export const feedOf = (ecosystem: string): FeedRow | undefined =>
  feedTable.find(({ feed }) => feed.ecosystem === ecosystem);
