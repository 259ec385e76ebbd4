import type { VexStatement } from './types.ts';

const mostSkipped = 100;
/** they are kept in the row of their document, ids of 16 Ki characters and all */
const longestSkipped = 300;
const mostStatements = 50_000;
const mostProducts = 200_000;

/** Gathers what a document says, within bounds, and names what it leaves out. */
export class StatementList {
  readonly statements: VexStatement[] = [];
  readonly skipped: string[] = [];
  #products = 0;

  /** Takes a statement, unless it may not be believed: who says "not affected" has to say why (OpenVEX 0.2.0, CSAF 2.0 section 4.5). */
  add(statement: VexStatement): void {
    this.#products += statement.products.length;
    const why =
      refusal(statement) ?? (this.#isFull() ? 'the document says more than is read of one; split it' : undefined);
    if (why === undefined) this.statements.push(statement);
    else this.skip(why);
  }

  #isFull(): boolean {
    return this.statements.length >= mostStatements || this.#products > mostProducts;
  }

  skip(why: string): void {
    const said = why.length <= longestSkipped ? why : `${why.slice(0, longestSkipped - 1).toWellFormed()}…`;
    if (this.skipped.length < mostSkipped && !this.skipped.includes(said)) this.skipped.push(said);
  }
}

function refusal({ status, justification, text, products, vulnerabilities }: VexStatement): string | undefined {
  const [name] = vulnerabilities;
  if (name === undefined) return 'a statement names no vulnerability';
  if (products.length === 0) return `${name}: it names no product by package URL or digest`;
  return status === 'not_affected' && justification === undefined && text === undefined
    ? `${name}: not affected, but neither a justification nor an impact statement says why`
    : undefined;
}
