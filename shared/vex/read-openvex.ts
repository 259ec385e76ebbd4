import { type Claims, objectAt, objectsAt, textAt, textsAt } from '#shared/sbom';
import { digestAt, justificationAt, statusAt, timeAt } from './claimed-values.ts';
import { StatementList } from './statement-list.ts';
import { type VexDocument, VexError, type VexIdentity, type VexProduct } from './types.ts';

/**
 * Reads an OpenVEX document (0.2.0; 0.0.x says less in the same words). In an attestation its subjects are the products of statements that name none (OpenVEX attestation spec).
 * Throws VexError for one without statements.
 */
export function readOpenVex(document: Claims, about: string, subjects?: readonly string[]): VexDocument {
  if (!Array.isArray(document.statements)) throw new VexError(about, 'it holds no list of statements');
  const id = textAt(document['@id']) ?? about;
  const author = textAt(document.author) ?? 'an unnamed author';
  const at = timeAt(document.timestamp) ?? timeAt(document.last_updated) ?? '1970-01-01T00:00:00.000Z';
  const list = new StatementList();
  for (const statement of objectsAt(document.statements)) {
    const vulnerabilities = idsOf(statement.vulnerability);
    const status = statusAt(statement.status);
    if (status === undefined) {
      list.skip(`${vulnerabilities[0] ?? 'a statement'}: its status is none of OpenVEX's`);
      continue;
    }
    const justification = justificationAt(statement.justification);
    const text = textAt(statement.impact_statement) ?? textAt(statement.action_statement);
    list.add({
      vulnerabilities,
      products: productsOf(
        statement.products ?? subjects?.map((digest) => ({ hashes: { 'sha-256': digest.slice(7) } })),
      ),
      status,
      ...(justification === undefined ? {} : { justification }),
      ...(text === undefined ? {} : { text }),
      at: timeAt(statement.last_updated) ?? timeAt(statement.timestamp) ?? at,
      by: author,
    });
  }
  const { statements, skipped } = list;
  return { form: 'openvex', id, author, at, statements, skipped, ...(subjects === undefined ? {} : { subjects }) };
}

/** `{name, @id, aliases}`; a plain text in 0.0.x. An @id may be a link that ends with the id. */
function idsOf(vulnerability: unknown): string[] {
  if (typeof vulnerability === 'string') return textsAt(vulnerability).slice();
  const { name, aliases, '@id': iri } = objectAt(vulnerability);
  const last = textAt(iri)?.split('/').at(-1);
  return [...new Set([...textsAt(name), ...textsAt(aliases), ...textsAt(last)])];
}

const productsOf = (products: unknown): VexProduct[] =>
  (Array.isArray(products) ? products : []).flatMap((product: unknown) => {
    const identity = identityOf(product);
    if (identity.purls.length + identity.digests.length === 0) return [];
    const parts = objectsAt(objectAt(product).subcomponents);
    const subcomponents = parts.map(identityOf).filter(({ purls, digests }) => purls.length + digests.length > 0);
    // parts that nothing is known by: taking them for the whole would say more than the author did
    return parts.length > 0 && subcomponents.length === 0 ? [] : [{ ...identity, subcomponents }];
  });

function identityOf(component: unknown): VexIdentity {
  if (typeof component === 'string') return { purls: purlsOf(component), digests: [] };
  const { '@id': id, identifiers, hashes } = objectAt(component);
  return {
    purls: [...new Set([...purlsOf(id), ...purlsOf(objectAt(identifiers).purl)])],
    digests: digestAt(objectAt(hashes)['sha-256']),
  };
}

const purlsOf = (value: unknown): string[] => textsAt(value).filter((text) => text.startsWith('pkg:'));
