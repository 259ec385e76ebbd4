import { type InUse, type Inventory, packagesInUse } from '#shared/inventory';
import { type Blobs, packJson, unpackJson } from '#shared/store';
import type { ImageHead } from './types.ts';

/** As it is kept: most packages share one answer. */
interface Kept {
  readonly answers: readonly InUse[];
  /** index of its answer, by package key id */
  readonly of: Readonly<Record<string, number>>;
}

/** Keeps which packages of an image are in use beside its inventory: reading findings needs no more of it than this. undefined: there are none. */
export async function keepUse(blobs: Blobs, inventory: Inventory, beside: string): Promise<string | undefined> {
  const found = packagesInUse(inventory);
  if (found.size === 0) return undefined;
  const answers = new Map<string, { readonly answer: InUse; readonly index: number }>();
  const of = [...found].map(([id, answer]): [string, number] => {
    const text = `${answer.state} ${answer.why}`;
    const known = answers.get(text) ?? { answer, index: answers.size };
    answers.set(text, known);
    return [id, known.index];
  });
  const kept: Kept = { answers: [...answers.values()].map(({ answer }) => answer), of: Object.fromEntries(of) };
  const blob = `${beside}-in-use`;
  await blobs.put(blob, packJson(kept));
  return blob;
}

/** Which packages of an image are in use, by package key id; nothing is known of those that are absent. */
export async function readUse(blobs: Blobs, { inUse }: ImageHead): Promise<(id: string) => InUse | undefined> {
  const bytes = inUse === undefined ? undefined : await blobs.get(inUse);
  if (bytes === undefined) return () => undefined;
  const { answers, of } = unpackJson(bytes) as Kept;
  return (id) => (Object.hasOwn(of, id) ? answers[of[id] ?? -1] : undefined);
}

const rank: readonly InUse['state'][] = ['yes', 'unknown', 'not seen'];

/** Of several answers the one that asks for most care; an absent one is unknown. */
export function mostInUse(answers: readonly (InUse | undefined)[]): InUse | undefined {
  const unknown = answers.includes(undefined);
  const [first] = answers
    .flatMap((answer) => answer ?? [])
    .sort((a, b) => rank.indexOf(a.state) - rank.indexOf(b.state));
  return unknown && first?.state === 'not seen' ? undefined : first;
}
