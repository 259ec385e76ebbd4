import type { Bill, BillFile, BillPart } from './bill.ts';
import { idOfFile, idOfPart } from './content-id.ts';

/** A bill as it is written: its packages and executables once each, by their ids. */
export type PreparedBill = Omit<Bill, 'parts' | 'files'> & {
  readonly parts: ReadonlyMap<string, BillPart>;
  readonly files: ReadonlyMap<string, BillFile>;
};

/** A database may list a package twice, and ids must be there once; package URLs that somebody else wrote must be of the signs that a URL has. */
export const prepareBill = (bill: Bill): PreparedBill => ({
  ...bill,
  parts: byId(bill.parts, idOfPart, withPlainUrl),
  files: byId(bill.files, idOfFile),
});

function withPlainUrl(part: BillPart): BillPart {
  const { purl } = part;
  if (purl === undefined || /^[!-~]*$/.test(purl)) return part;
  return { ...part, purl: purl.replace(/[^!-~]+/g, (text) => encodeURIComponent(text.toWellFormed())) };
}

function byId<T>(items: readonly T[], id: (item: T) => string, plain = (item: T) => item): Map<string, T> {
  const known = new Map<string, T>();
  for (const item of items) {
    const written = plain(item);
    known.set(id(written), written);
  }
  return known;
}
