import { type Claims, objectAt, objectsAt, textAt, textsAt } from '#shared/sbom';
import { justificationAt, timeAt } from './claimed-values.ts';
import { csafProducts } from './csaf-products.ts';
import { StatementList } from './statement-list.ts';
import { type VexDocument, VexError, type VexProduct, type VexStatus } from './types.ts';

/** Lists of `product_status` that say something here; `recommended` is advice, not a status. */
const lists: Readonly<Record<string, VexStatus>> = {
  known_not_affected: 'not_affected',
  fixed: 'fixed',
  first_fixed: 'fixed',
  known_affected: 'affected',
  first_affected: 'affected',
  last_affected: 'affected',
  under_investigation: 'under_investigation',
};

/** Reads a CSAF 2.0 document (section 3.2, product status of section 3.2.3.9). Throws VexError for one without vulnerabilities. */
export function readCsaf(csaf: Claims, about: string): VexDocument {
  if (!Array.isArray(csaf.vulnerabilities)) throw new VexError(about, 'it holds no list of vulnerabilities');
  const { tracking, publisher } = objectAt(csaf.document);
  const { id, current_release_date } = objectAt(tracking);
  const by = textAt(objectAt(publisher).name) ?? 'an unnamed publisher';
  const at = timeAt(current_release_date) ?? '1970-01-01T00:00:00.000Z';
  const products = csafProducts(csaf.product_tree);
  const list = new StatementList();
  for (const vulnerability of objectsAt(csaf.vulnerabilities)) {
    const vulnerabilities = [
      ...new Set([...textsAt(vulnerability.cve), ...objectsAt(vulnerability.ids).flatMap(({ text }) => textsAt(text))]),
    ];
    const reasons = reasonsOf(vulnerability);
    for (const [name, status] of Object.entries(lists))
      for (const [reason, ids] of byReason(textsAt(objectAt(vulnerability.product_status)[name]), reasons, status)) {
        const known = ids.flatMap((each): VexProduct[] => {
          const product = products.get(each);
          if (product === undefined)
            list.skip(`${vulnerabilities[0] ?? id}: ${each} is named by no package URL or digest`);
          return product === undefined ? [] : [product];
        });
        if (known.length === 0) continue;
        const justification = justificationAt(reason.label);
        list.add({
          vulnerabilities,
          products: known,
          status,
          ...(justification === undefined ? {} : { justification }),
          ...(reason.text === undefined ? {} : { text: reason.text }),
          at,
          by,
        });
      }
  }
  return { form: 'csaf', id: textAt(id) ?? about, author: by, at, statements: list.statements, skipped: list.skipped };
}

interface Reason {
  readonly label?: string;
  readonly text?: string;
}

/** Why products are not affected: flags, and threats of the category impact, by product; '' stands for all. */
function reasonsOf(vulnerability: Claims): ReadonlyMap<string, Reason> {
  const reasons = new Map<string, Reason>();
  const put = (ids: readonly string[], reason: Reason): void => {
    for (const id of ids.length === 0 ? [''] : ids) reasons.set(id, { ...reasons.get(id), ...reason });
  };
  for (const { label, product_ids } of objectsAt(vulnerability.flags))
    for (const text of textsAt(label)) put(textsAt(product_ids), { label: text });
  for (const { category, details, product_ids } of objectsAt(vulnerability.threats))
    if (category === 'impact') for (const text of textsAt(details)) put(textsAt(product_ids), { text });
  return reasons;
}

function byReason(
  ids: readonly string[],
  reasons: ReadonlyMap<string, Reason>,
  status: VexStatus,
): Iterable<readonly [Reason, readonly string[]]> {
  if (status !== 'not_affected') return ids.length === 0 ? [] : [[{}, ids]];
  const groups = new Map<string, [Reason, string[]]>();
  for (const id of ids) {
    const reason = { ...reasons.get(''), ...reasons.get(id) };
    const key = JSON.stringify([reason.label, reason.text]);
    const group = groups.get(key) ?? [reason, []];
    group[1].push(id);
    groups.set(key, group);
  }
  return groups.values();
}
