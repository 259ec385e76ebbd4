import { type Bill, type SbomForm, sbomForms } from './bill.ts';
import { escapedJson } from './escaped-json.ts';
import { type Fields, prettyPieces } from './json-pieces.ts';
import { type PreparedBill, prepareBill } from './prepared-bill.ts';
import { writeCycloneDx } from './write-cyclonedx.ts';
import { writeSpdx2 } from './write-spdx2.ts';
import { writeSpdx3 } from './write-spdx3.ts';

/** A form with one of its versions. */
export type SbomVersion = {
  readonly [F in SbomForm]: { readonly form: F; readonly version: (typeof sbomForms)[F][number] };
}[SbomForm];

/** The form with the version asked for, or its newest; undefined when the form has no such version. */
export function sbomVersion(form: SbomForm, version: string | undefined): SbomVersion | undefined {
  const known: readonly string[] = sbomForms[form];
  const chosen = version ?? known.at(-1);
  return chosen !== undefined && known.includes(chosen) ? ({ form, version: chosen } as SbomVersion) : undefined;
}

/** The media type under which registries keep a document of a form. */
export const sbomMediaType = (form: SbomForm): string =>
  form === 'cyclonedx-json' ? 'application/vnd.cyclonedx+json' : 'application/spdx+json';

/** A bill as the text of a document. Pure: the same bill is the same bytes, so its digest says whether anything changed. */
export const writeBill = (bill: Bill, version: SbomVersion): string => [...billPieces(bill, version)].join('');

/** The same text in pieces, for documents that are longer than a string can be. */
export function* billPieces(bill: Bill, { form, version }: SbomVersion): Generator<string> {
  for (const piece of prettyPieces(documentOf(prepareBill(bill), form, version))) yield escapedJson(piece);
  yield '\n';
}

function documentOf(bill: PreparedBill, form: SbomForm, version: SbomVersion['version']): Fields {
  if (form === 'cyclonedx-json') return writeCycloneDx(bill, version === '1.6' ? '1.6' : '1.7');
  return version === '2.3' ? writeSpdx2(bill) : writeSpdx3(bill);
}
