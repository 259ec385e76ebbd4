import type { BillPart } from '#shared/sbom';
import type { Keyed } from './key-of-purl.ts';
import { shown } from './plausible.ts';
import type { CoverageReason } from './types.ts';

type Unkeyed = Extract<Keyed, { why: unknown }>;

/** What of a bill of materials cannot be judged, counted by why. */
export class LostParts {
  readonly #names = new Map<string, { readonly keyed: Unkeyed; readonly names: string[] }>();

  add(keyed: Unkeyed, part: BillPart): void {
    const id = `${keyed.why} ${keyed.type}`;
    const known = this.#names.get(id);
    if (known === undefined) this.#names.set(id, { keyed, names: [part.name] });
    else known.names.push(part.name);
  }

  reasons(): CoverageReason[] {
    return [...this.#names.values()].map(({ keyed, names }) => {
      const what = `${names.length} of the SBOM's packages ${reasonText(keyed)}`;
      const examples = names.slice(0, 3).map(shown).join(', ');
      return {
        code: codes[keyed.why],
        text: `${what}: ${examples}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`,
      };
    });
  }
}

const codes: Readonly<Record<Unkeyed['why'], CoverageReason['code']>> = {
  'no-purl': 'unsupported-evidence',
  'unknown-type': 'unsupported-evidence',
  'no-distribution': 'unknown-distribution',
  implausible: 'unreadable-evidence',
};

function reasonText({ why, type }: Unkeyed): string {
  switch (why) {
    case 'no-purl':
      return 'have no package URL that says what they are';
    case 'unknown-type':
      return `are of type pkg:${shown(type)}, which no advisories name`;
    case 'no-distribution':
      return `of type pkg:${shown(type)} do not say which distribution they are of`;
    case 'implausible':
      return `of type pkg:${shown(type)} have names or versions that cannot be`;
  }
}
