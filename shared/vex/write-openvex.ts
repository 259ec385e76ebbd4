import { createHash } from 'node:crypto';
import type { VexStatement } from './types.ts';

/** The media type of an OpenVEX document, in registries too. */
export const openVexMediaType = 'application/vnd.openvex+json';

/** What a document is issued with. */
export interface VexIssue {
  readonly author: string;
  /** ISO */
  readonly at: string;
  readonly tool: string;
  readonly statements: readonly VexStatement[];
}

/** Writes an OpenVEX 0.2.0 document. The same statements at the same time have the same id. */
export function writeOpenVex({ author, at, tool, statements }: VexIssue): string {
  const body = {
    author,
    timestamp: at,
    version: 1,
    tooling: tool,
    statements: statements.map(statementOf),
  };
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  const id = `https://openvex.dev/docs/public/vex-${hash}`;
  return `${JSON.stringify({ '@context': 'https://openvex.dev/ns/v0.2.0', '@id': id, ...body }, undefined, 2)}\n`;
}

function statementOf({ vulnerabilities, products, status, justification, text, at }: VexStatement): object {
  const [name = '', ...aliases] = vulnerabilities;
  const said = status === 'affected' ? 'action_statement' : 'impact_statement';
  return {
    vulnerability: { name, ...(aliases.length === 0 ? {} : { aliases }) },
    timestamp: at,
    products: products.map(({ purls, digests, subcomponents }) => ({
      ...(purls[0] === undefined ? {} : { '@id': purls[0], identifiers: { purl: purls[0] } }),
      ...(digests[0] === undefined ? {} : { hashes: { 'sha-256': digests[0].replace('sha256:', '') } }),
      ...(subcomponents.length === 0
        ? {}
        : { subcomponents: subcomponents.flatMap((part) => part.purls.map((purl) => ({ '@id': purl }))) }),
    })),
    status,
    ...(justification === undefined ? {} : { justification }),
    ...(text === undefined ? {} : { [said]: text }),
  };
}
