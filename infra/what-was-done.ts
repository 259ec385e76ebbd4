import { readWorkload } from '#shared/findings';
import { listRollouts, readRows } from '#shared/remedy';
import type { Table } from '#shared/store';
import type { Leftovers } from './leftovers.ts';

/** What rollouts registered, by their rows, and which are still under way. */
export async function whatWasDone(table: Table): Promise<Pick<Leftovers, 'revisions' | 'running'>> {
  const revisions = new Map<string, Leftovers['revisions'][number]>();
  const running: string[] = [];
  for await (const head of listRollouts(table)) {
    if (head.state === 'running') running.push(head.rollout);
    for (const row of await readRows(table, head.rollout)) {
      const made = [row.how === 'register' ? row.definition : undefined, row.revert?.definition].filter(
        (definition) => definition !== undefined && definition !== row.previous?.definition,
      );
      for (const definition of made) {
        if (definition === undefined || revisions.has(`${definition} ${row.workload}`)) continue;
        const stands = (await readWorkload(table, row.workload))?.definition === definition;
        revisions.set(`${definition} ${row.workload}`, { definition, workload: row.workload, stands });
      }
    }
  }
  return { revisions: [...revisions.values()], running };
}
