import { changesSince, type PublishPorts } from '#shared/advisories';
import { inParts } from '#shared/events';
import { keepDueRematch } from '#shared/findings';
import { keys } from '#shared/store';
import type { Emit } from '../emit.ts';

/**
 * Tells what the newest generation can judge differently since the one that was told last. What is told is derived from the generations
 * themselves, so a crash after publishing, or between two parts, tells it again and loses nothing. Each part is kept until its re-match is done.
 */
export async function tellAdvisories(
  ports: PublishPorts & { readonly now: () => Date },
  emit: Emit,
  likelyFrom?: number,
): Promise<void> {
  const row = await ports.table.get(keys.toldGeneration(), { consistent: true });
  const told = typeof row?.generation === 'number' ? row.generation : 0;
  const { generation, changes, exploited } = await changesSince(ports, told, likelyFrom);
  if (generation <= told) return;
  const parts = inParts(changes);
  for (const part of parts) {
    const { list, names } = await keepDueRematch(ports, { generation, since: told, changes: part }, ports.now());
    // one part fits into an event; a change of many is mostly a first one, whose names nobody needs to see on the bus
    await emit('AdvisoriesChanged', {
      generation,
      since: told,
      list,
      names,
      ...(parts.length === 1 ? { changes: part } : {}),
    });
  }
  if (exploited) await emit('ExploitedChanged', { generation });
  await ports.table.put(
    { ...keys.toldGeneration(), generation },
    { olderThan: { attribute: 'generation', than: generation } },
  );
}
