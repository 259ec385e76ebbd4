import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type AdvisorySource, SourceUnavailable } from '#shared/advisories';

/** A source that is not asked again within a time, and whose last answer serves when it cannot be asked. */
export interface RememberedSource extends AdvisorySource {
  /** what became of an ecosystem's last question; undefined: it was not asked for */
  outcome(ecosystem: string): Outcome | undefined;
}

/** How an ecosystem's stamp was come by. `at`: when the source itself last answered, ISO. */
export type Outcome =
  | { readonly kind: 'asked' | 'remembered'; readonly at: string }
  /** it did not answer, and what it said earlier is used */
  | { readonly kind: 'old'; readonly at: string; readonly why: string }
  /** it did not answer, or may not be asked, and nothing is known of it */
  | { readonly kind: 'none'; readonly why: string };

/** What remembering needs. */
export interface RememberOptions {
  readonly folder: string;
  readonly now: () => Date;
  /** how long an answer is good without asking again, ms */
  readonly freshFor: number;
  /** how old an answer may be before those who use it must be told, ms */
  readonly staleAfter: number;
  /** never ask */
  readonly offline: boolean;
}

interface Answer {
  readonly stamp: string | null;
  readonly at: string;
}

/**
 * Wraps a source for a command that is called often: `modified` is answered from a small file while that is fresh, and from an old one when the
 * source does not answer. After one failure the source is not asked again in this process. Throws SourceUnavailable when nothing is known.
 */
export function rememberedSource(source: AdvisorySource, options: RememberOptions): RememberedSource {
  const outcomes = new Map<string, Outcome>();
  let down: string | undefined = options.offline ? 'not asked (--offline)' : undefined;
  const fileOf = (ecosystem: string): string => path.join(options.folder, `${encodeURIComponent(ecosystem)}.json`);

  const recall = (ecosystem: string, kept: Answer | undefined, why: string): string | undefined => {
    if (kept === undefined) {
      outcomes.set(ecosystem, { kind: 'none', why });
      throw new SourceUnavailable(source.describe, why);
    }
    const age = options.now().getTime() - Date.parse(kept.at);
    outcomes.set(
      ecosystem,
      age < options.staleAfter ? { kind: 'remembered', at: kept.at } : { kind: 'old', at: kept.at, why },
    );
    return kept.stamp ?? undefined;
  };

  return {
    ...source,
    outcome: (ecosystem) => outcomes.get(ecosystem),
    async modified(ecosystem) {
      const kept = await readAnswer(fileOf(ecosystem));
      const age = kept === undefined ? Number.POSITIVE_INFINITY : options.now().getTime() - Date.parse(kept.at);
      if (kept !== undefined && age >= 0 && age < options.freshFor) {
        outcomes.set(ecosystem, { kind: 'remembered', at: kept.at });
        return kept.stamp ?? undefined;
      }
      if (down !== undefined) return recall(ecosystem, kept, down);
      try {
        const at = options.now().toISOString();
        const stamp = await source.modified(ecosystem);
        await keepAnswer(fileOf(ecosystem), { stamp: stamp ?? null, at });
        outcomes.set(ecosystem, { kind: 'asked', at });
        return stamp;
      } catch (error) {
        if (!(error instanceof SourceUnavailable)) throw error;
        down = reasonOf(error);
        return recall(ecosystem, kept, down);
      }
    },
    async *records(ecosystem) {
      if (down !== undefined) throw new SourceUnavailable(source.describe, down);
      yield* source.records(ecosystem);
    },
  };
}

const reasonOf = ({ cause, message }: SourceUnavailable): string =>
  cause instanceof Error && cause.message !== '' ? cause.message : message;

async function readAnswer(file: string): Promise<Answer | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isAnswer(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isAnswer = (value: unknown): value is Answer =>
  typeof value === 'object' &&
  value !== null &&
  'stamp' in value &&
  (value.stamp === null || typeof value.stamp === 'string') &&
  'at' in value &&
  typeof value.at === 'string' &&
  !Number.isNaN(Date.parse(value.at));

/** A cache that cannot be written only costs the next question. */
async function keepAnswer(file: string, answer: Answer): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}.new`;
    await writeFile(temporary, JSON.stringify(answer));
    await rename(temporary, file);
  } catch {
    return;
  }
}
