/** What a reader says of one package beside its name and version; what it says nothing of is absent. */
export interface Said {
  /** the package that it was built from, under the name by which advisories speak of it */
  readonly source?: string;
  readonly architecture?: string;
  readonly supplier?: string;
  /** sorted, one after another */
  readonly licenses?: string;
}

export const subjects = ['source', 'architecture', 'supplier', 'licenses'] as const;

/** How often two readers say the same of a package that both find. */
export class Agreement {
  readonly #counts = new Map<string, { same: number; readonly other: string[] }>();

  add(purl: string, ours: Said, theirs: Said): void {
    const type = purl.slice(0, purl.indexOf('/'));
    for (const subject of subjects) {
      if (ours[subject] === undefined && theirs[subject] === undefined) continue;
      const of = `${subject} of ${type} packages`;
      const count = this.#counts.get(of) ?? { same: 0, other: [] };
      if (ours[subject] === theirs[subject]) count.same += 1;
      else count.other.push(`${purl}: ${ours[subject] ?? 'nothing'} here, ${theirs[subject] ?? 'nothing'} there`);
      this.#counts.set(of, count);
    }
  }

  /** Lines of a table; none when nothing was compared. */
  lines(peer: string): readonly string[] {
    return [...this.#counts].map(
      ([of, { same, other }]) =>
        `| ${of}, beside ${peer} | ${same} | ${other.length} | ${other.slice(0, 3).join('; ')} |`,
    );
  }
}

/** Fields that are empty are not there. */
export function said(
  fields: {
    readonly [subject in keyof Said]: string | undefined;
  },
): Said {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
}

/** Licences in one order, whatever order a reader has them in. */
export const sorted = (licenses: readonly string[]): string => [...licenses].sort().join(', ');
