/** A package that one side finds and the other does not. */
export interface Difference {
  readonly image: string;
  readonly peer: string;
  /** who finds it */
  readonly side: 'peer' | 'drydock';
  readonly purl: string;
  /** where it is seen, in the words of who finds it */
  readonly where: string;
}

interface DifferenceClass {
  readonly name: string;
  readonly side: Difference['side'];
  readonly holds: (difference: Difference) => boolean;
}

const classes: readonly DifferenceClass[] = [];

/** The class that explains a difference, or 'UNEXPLAINED'. The first that holds is taken. */
export const classOf = (difference: Difference): string =>
  classes.find(({ side, holds }) => side === difference.side && holds(difference))?.name ?? 'UNEXPLAINED';
