import { childrenOf, readImageHeads } from '#shared/findings';
import type { Digest } from '#shared/oci';
import type { Place } from './catalogue.ts';
import type { Turn } from './turn.ts';

/**
 * Asks again for images that were read before VEX was attached to them, because the registry's event of it can be lost. Nothing of their layers is fetched then; once they were read,
 * they are newer than what is attached. What was never read takes its attachments along when it is.
 */
export async function readAttached(turn: Turn, place: Place, attached: ReadonlyMap<Digest, string>): Promise<void> {
  for (const [subject, pushedAt] of attached) {
    const { table } = turn.ports;
    const heads = await readImageHeads(table, [subject, ...(await childrenOf(table, subject))], { consistent: true });
    if (![...heads.values()].some(({ readAt }) => readAt <= pushedAt)) continue;
    const image = { ...place, digest: subject, tags: [], bytes: 0 };
    await turn.want({ image, turn: 1, why: 'VEX was attached to it after it was read', again: true });
  }
}
