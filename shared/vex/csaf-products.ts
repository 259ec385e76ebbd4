import { type Claims, objectAt, objectsAt, textAt, textsAt } from '#shared/sbom';
import { digestAt } from './claimed-values.ts';
import type { VexIdentity, VexProduct } from './types.ts';

/** Branches of a product tree: more, or nested deeper, is made to hurt. */
const mostNodes = 200_000;
const deepest = 30;

/**
 * The products of a CSAF product tree by their id: full names, branches, and relationships (a component as a part of a product). Only those that a package URL or
 * a digest names; of a relationship both sides have to be known so, because a component "of" a platform that only a CPE names says nothing of other platforms.
 */
export function csafProducts(tree: unknown): ReadonlyMap<string, VexProduct> {
  const { branches, full_product_names, relationships } = objectAt(tree);
  const products = new Map<string, VexProduct>();
  const put = (named: Claims): void => {
    const id = textAt(named.product_id);
    const identity = identityOf(named);
    if (id !== undefined && identity !== undefined) products.set(id, { ...identity, subcomponents: [] });
  };
  objectsAt(full_product_names).forEach(put);
  let level = objectsAt(branches);
  for (let depth = 0, seen = 0; level.length > 0 && depth < deepest && seen < mostNodes; depth += 1) {
    seen += level.length;
    for (const branch of level) put(objectAt(branch.product));
    level = level.flatMap((branch) => objectsAt(branch.branches));
  }
  for (const { full_product_name, product_reference, relates_to_product_reference } of objectsAt(relationships)) {
    const id = textAt(objectAt(full_product_name).product_id);
    const own = identityOf(objectAt(full_product_name));
    const part = products.get(textAt(product_reference) ?? '');
    const whole = products.get(textAt(relates_to_product_reference) ?? '');
    if (id === undefined) continue;
    if (own !== undefined) products.set(id, { ...own, subcomponents: [] });
    else if (part !== undefined && whole !== undefined) products.set(id, { ...whole, subcomponents: [part] });
  }
  return products;
}

/** The purl and hashes of the one object whose name begins with `product_identification_`. */
function identityOf(named: Claims): VexIdentity | undefined {
  const key = Object.keys(named).find((each) => each.startsWith('product_identification_'));
  const { purl, hashes } = objectAt(key === undefined ? undefined : named[key]);
  const purls = textsAt(purl).filter((text) => text.startsWith('pkg:'));
  const digests = objectsAt(hashes)
    .flatMap(({ file_hashes }) => objectsAt(file_hashes))
    .flatMap(({ algorithm, value }) => (algorithm === 'sha256' ? digestAt(value) : []));
  return purls.length + digests.length === 0 ? undefined : { purls, digests };
}
