import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type EvidenceDraft, extractors } from '#shared/inventory';

/** What one jar was recognised as. */
interface Recognised {
  /** `group:artifact:version`, by the folders of the repository that it was published in */
  readonly truth: string;
  readonly found: readonly string[];
  readonly result: 'right' | 'no group' | 'wrong' | 'nothing';
}

/**
 * How many published jars are recognised as what they were published as. `DRYDOCK_BENCH_JARS` names a folder in the layout of a Maven repository
 * (`mvn dependency:copy-dependencies -Dmdep.useRepositoryLayout=true`), whose folders say the truth. "wrong" is the figure that has to be 0: another project
 * than the jar's own is named and its own is not.
 */
export async function bench(): Promise<void> {
  const folder = process.env.DRYDOCK_BENCH_JARS;
  if (folder === undefined) {
    process.stdout.write('skipped: DRYDOCK_BENCH_JARS names no folder of jars in the layout of a Maven repository\n');
    return;
  }
  const rows: Recognised[] = [];
  for (const entry of await readdir(folder, { recursive: true })) {
    if (entry.endsWith('.jar')) rows.push(await recognise(folder, entry));
  }
  for (const { truth, found, result } of rows) {
    if (result !== 'right') process.stdout.write(`${result.padEnd(9)} ${truth}  as  ${found.join(', ') || '-'}\n`);
  }
  for (const result of ['right', 'no group', 'nothing', 'wrong'] as const) {
    const count = rows.filter((row) => row.result === result).length;
    process.stdout.write(`${result}: ${count} of ${rows.length} (${((100 * count) / rows.length).toFixed(1)} %)\n`);
  }
}

async function recognise(folder: string, entry: string): Promise<Recognised> {
  const parts = entry.split(path.sep);
  const base = parts.at(-1) ?? '';
  const [artifact = '', version = ''] = parts.slice(-3, -1);
  const group = parts.slice(0, -3).join('.');
  const bytes = await readFile(path.join(folder, entry));
  const drafts: readonly EvidenceDraft[] =
    extractors.find(({ name }) => name === 'jar')?.read({ path: base, base, size: bytes.length, mode: 0, bytes }) ?? [];
  const found = drafts.flatMap((draft) =>
    draft.kind === 'packages'
      ? draft.packages.filter(({ inner }) => inner === undefined).map((each) => `${each.name}:${each.version}`)
      : [],
  );
  const truth = `${group}:${artifact}:${version}`;
  return { truth, found, result: resultOf(found, truth, `${artifact}:${version}`) };
}

function resultOf(found: readonly string[], truth: string, groupless: string): Recognised['result'] {
  if (found.includes(truth)) return 'right';
  if (found.length === 0) return 'nothing';
  return found.includes(groupless) ? 'no group' : 'wrong';
}
