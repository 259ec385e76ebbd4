import { changesSince, type PublishPorts } from '#shared/advisories';
import { inParts } from '#shared/events';
import { keys } from '#shared/store';
import type { Emit } from '../emit.ts';

/**
 * Tells what the newest generation can judge differently since the one that was told last. What is told is derived from the generations
 * themselves, so a crash after publishing, or between two parts, tells it again and loses nothing.
 */
export async function tellAdvisories(ports: PublishPorts, emit: Emit): Promise<void> {
  const row = await ports.table.get(keys.toldGeneration(), { consistent: true });
  const told = typeof row?.generation === 'number' ? row.generation : 0;
  const { generation, changes, exploited } = await changesSince(ports, told);
  if (generation <= told) return;
  for (const part of inParts(changes)) await emit('AdvisoriesChanged', { generation, changes: part });
  if (exploited) await emit('ExploitedChanged', { generation });
  await ports.table.put(
    { ...keys.toldGeneration(), generation },
    { olderThan: { attribute: 'generation', than: generation } },
  );
}
