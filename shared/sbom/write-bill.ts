import { type Bill, type BillPart, type SbomForm, sbomForms } from './bill.ts';
import { idOfFile, idOfPart } from './content-id.ts';
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
export function writeBill(bill: Bill, { form, version }: SbomVersion): string {
  return `${escaped(JSON.stringify(documentOf(prepared(bill), form, version), undefined, 2))}\n`;
}

/** Names and paths come from images: what could speak to a terminal, or turn a line around, is written as the escape that JSON has for it. */
const escaped = (json: string): string =>
  json.replace(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu, (character) =>
    character === '\n'
      ? character
      : [...Array(character.length).keys()]
          .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
          .join(''),
  );

function documentOf(bill: Bill, form: SbomForm, version: SbomVersion['version']): object {
  if (form === 'cyclonedx-json') return writeCycloneDx(bill, version === '1.6' ? '1.6' : '1.7');
  return version === '2.3' ? writeSpdx2(bill) : writeSpdx3(bill);
}

/** A database may list a package twice, and ids must be there once; package URLs that somebody else wrote must be of the signs that a URL has. */
function prepared(bill: Bill): Bill {
  return {
    ...bill,
    parts: once(bill.parts.map(withPlainUrl), idOfPart),
    files: once(bill.files, idOfFile),
  };
}

function withPlainUrl(part: BillPart): BillPart {
  const { purl } = part;
  if (purl === undefined || /^[!-~]*$/.test(purl)) return part;
  return { ...part, purl: purl.replace(/[^!-~]+/g, (text) => encodeURIComponent(text.toWellFormed())) };
}

const once = <T>(items: readonly T[], id: (item: T) => string): T[] => [
  ...new Map(items.map((item) => [id(item), item])).values(),
];
