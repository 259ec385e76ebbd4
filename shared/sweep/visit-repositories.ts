import { listRepositories } from '#shared/findings';
import { type Place, placeText } from './catalogue.ts';
import { forgetOldTags, forgetRepository, forgetUnreadable } from './forget-place.ts';
import { keepTags } from './keep-tags.ts';
import { type Listing, listRepository } from './list-repository.ts';
import { readAttached } from './read-attached.ts';
import { type SweepPolicy, sweepOrder } from './sweep-order.ts';
import type { Turn } from './turn.ts';
import { taggedIn, unusedImages } from './unused-images.ts';
import type { Running } from './what-runs.ts';

/**
 * Visits every repository that is listed, stored, or named by what runs, in the order of their names: asks for its newest image where policy wants it, makes
 * the stored tags those that are listed, and looks for images that nobody uses. False when the turn ended before all were visited.
 */
export async function visitRepositories(turn: Turn): Promise<boolean> {
  const { table, catalogue, policy: ask } = turn.ports;
  const policy = await ask();
  const running = await turn.running();
  // what has a tag only waits until every repository's newest was asked for
  const images = policy.images === 'all' ? 'newest' : policy.images;
  for (const place of await places(turn, running)) {
    if (turn.isOver) return false;
    const began = turn.ports.now();
    const listing = await listRepository(catalogue, place, {
      known: await turn.known(),
      running: running.digests,
      all: false,
    });
    const here = running.places.get(placeText(place))?.digests ?? new Set();
    const listedHere = [...here].filter((digest) => listing?.running.has(digest) === true).length;
    turn.count({ unlisted: here.size - listedHere });
    if (listing !== undefined) {
      turn.count({ listed: listing.listed, known: listing.read });
      await readWanted(turn, listing, running, { ...policy, images });
      await readAttached(turn, place, listing.attached);
      await keepTags(table, place, listing.tags, began.toISOString());
      await forgetUnreadable(table, place, listing.tags, running.digests, began);
    } else {
      const history = await forgetOldTags(table, place, running.digests, policy.keepHistoryDays, began);
      turn.count({ history });
    }
    const tagged = new Set<string>([...(listing?.tags.values() ?? []), ...(await taggedIn(table, place))]);
    const look = { tagged, running: running.digests, policy, inUse: () => turn.inUse(), began };
    const counts = await unusedImages(table, place, look);
    turn.count(counts);
    if (counts.stored === 0 && tagged.size === 0 && here.size === 0) await forgetRepository(table, place, began);
    await turn.step(placeText(place));
  }
  return true;
}

/** Where policy wants every tag: visits the listed repositories once more for what is left of the day's budget. */
export async function readTheRest(turn: Turn): Promise<boolean> {
  const policy = await turn.ports.policy();
  if (policy.images !== 'all') return true;
  const running = await turn.running();
  for (const place of await places(turn, running)) {
    if (turn.isOver) return false;
    const known = await turn.known();
    const listing = await listRepository(turn.ports.catalogue, place, { known, running: running.digests, all: true });
    // the newest was asked for when all repositories were visited
    const asked = listing?.newest === undefined ? [] : [listing.newest];
    if (listing !== undefined)
      await readWanted(turn, { ...listing, known: new Set([...listing.known, ...asked]) }, running, policy);
    await turn.step(placeText(place));
  }
  return true;
}

/** Asks for what is to be read of a repository within the day's bytes. What runs was asked for before. */
async function readWanted(
  turn: Turn,
  { candidates, known }: Listing,
  running: Running,
  policy: SweepPolicy,
): Promise<void> {
  const waiting = candidates.filter(({ digest }) => !running.digests.has(digest));
  const order = sweepOrder(waiting, new Set(), known, policy, turn.askedToday);
  for (const item of order.read) await turn.want(item);
  turn.count({ postponed: order.postponed.length });
}

/** The places behind the one that was visited last: only names are held, of which a registry has far fewer than images. */
async function places(turn: Turn, running: Running): Promise<Place[]> {
  const { table, catalogue } = turn.ports;
  const found = new Map<string, Place>();
  const keep = (place: Place): void => void found.set(placeText(place), place);
  for await (const repository of catalogue.repositories()) keep({ registry: catalogue.registry, repository });
  for await (const place of listRepositories(table)) keep(place);
  for (const { place } of running.places.values()) keep(place);
  const { after } = turn.run;
  return [...found]
    .filter(([text]) => typeof after !== 'string' || text > after)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, place]) => place);
}
