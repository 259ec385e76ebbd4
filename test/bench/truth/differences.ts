/** A package that one side finds and the other does not. */
export interface Difference {
  readonly image: string;
  readonly peer: string;
  /** who finds it */
  readonly side: 'peer' | 'drydock';
  readonly purl: string;
  /** where it is seen, in the words of who finds it */
  readonly where: string;
  /** what the other side finds in the same image */
  readonly other: ReadonlySet<string>;
}

interface DifferenceClass {
  /** why the two differ, and who is right */
  readonly name: string;
  readonly side: Difference['side'];
  readonly holds: (difference: Difference) => boolean;
}

const classes: readonly DifferenceClass[] = [
  {
    name: 'it has no version, so nothing can judge it; here such a file is no package',
    side: 'peer',
    holds: ({ purl }) => /@(?:unknown|UNKNOWN)?$/.test(purl),
  },
  {
    name: 'the same artifact and version under another group: the published coordinates are ours',
    side: 'peer',
    holds: (each) => each.purl.startsWith('maven/') && hasUnderAnotherGroup(each),
  },
  {
    name: 'the published coordinates of what the peer has under another group',
    side: 'drydock',
    holds: (each) => each.purl.startsWith('maven/') && hasUnderAnotherGroup(each),
  },
  {
    name: 'a part of a Java runtime, which no Maven repository publishes',
    side: 'peer',
    holds: ({ purl, where }) => purl.startsWith('maven/') && where.includes('/lib/jvm/'),
  },
  {
    name: 'a package.json of an editor extension or a fixture, which nothing can require',
    side: 'peer',
    holds: ({ purl, where }) => purl.startsWith('npm/') && !/\/node_modules\/|\/nodejs\//.test(where),
  },
  {
    name: 'an operating system package owns it, which the peer leaves out and we mark',
    side: 'drydock',
    holds: ({ where }) => where.includes('(owned by '),
  },
];

/** The class that explains a difference, or 'UNEXPLAINED'. The first that holds is taken. */
export const classOf = (difference: Difference): string =>
  classes.find(({ side, holds }) => side === difference.side && holds(difference))?.name ?? 'UNEXPLAINED';

/** maven/group/artifact@version */
function hasUnderAnotherGroup({ purl, other }: Difference): boolean {
  const artifact = purl.slice(purl.lastIndexOf('/') + 1);
  return [...other].some((each) => each.startsWith('maven/') && each.slice(each.lastIndexOf('/') + 1) === artifact);
}
