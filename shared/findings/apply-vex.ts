import { packageKeyId } from '#shared/inventory';
import { type Blobs, keys, type Table, unpackJson } from '#shared/store';
import { statementsAbout, type VexStatement, type VexSubject, vexFor, vexHides } from '#shared/vex';
import { readInventoryOf } from './read-inventory-of.ts';
import type { ImageFinding, ImageHead } from './types.ts';

/** What annotating needs: the kept documents, and where images lie. */
export interface VexPorts {
  readonly table: Table;
  readonly blobs: Blobs;
  /** what the kept documents say */
  readonly statements: () => Promise<readonly VexStatement[]>;
}

/**
 * The findings of an image with what VEX says of them: documents that were imported, and one that is attached to it and believed. "Not affected" and "fixed" hide a
 * finding, with who says so and why; malware is not hidden. Where nothing is said of a vulnerability of the image, nothing but the statements is read.
 */
export async function withVex(
  ports: VexPorts,
  head: ImageHead,
  findings: readonly ImageFinding[],
): Promise<readonly ImageFinding[]> {
  const statements = [...(await ports.statements()), ...(await attached(ports.blobs, head))];
  if (statements.length === 0) return findings;
  const ids = findings.flatMap(idsOf);
  const about = statementsAbout(statements, ids);
  if (about.length === 0) return findings;
  const [purls, places] = await Promise.all([purlsIn(ports.blobs, head), placesIn(ports.table, head)]);
  const packages = [...new Set([...purls.values()].flat())];
  return findings.map((finding) => {
    const subject: VexSubject = {
      ids: idsOf(finding),
      purls: purls.get(packageKeyId(finding.key)) ?? [],
      packages,
      ...places,
    };
    const vex = vexFor(about, subject);
    if (vex === undefined) return finding;
    const hidden = finding.hidden ?? (finding.malicious ? undefined : vexHides(vex));
    return { ...finding, vex, ...(hidden === undefined ? {} : { hidden }) };
  });
}

const idsOf = ({ vulnerability, aliases, records }: ImageFinding): readonly string[] => [
  vulnerability,
  ...aliases,
  ...records.map(({ id }) => id),
];

async function attached(blobs: Blobs, { vex }: ImageHead): Promise<readonly VexStatement[]> {
  const bytes = vex === undefined ? undefined : await blobs.get(vex);
  return bytes === undefined ? [] : (unpackJson(bytes) as VexStatement[]);
}

async function purlsIn(blobs: Blobs, head: ImageHead): Promise<ReadonlyMap<string, readonly string[]>> {
  const purls = new Map<string, string[]>();
  for (const { key, purl } of (await readInventoryOf(blobs, head))?.packages ?? []) {
    const id = packageKeyId(key);
    purls.set(id, [...(purls.get(id) ?? []), purl]);
  }
  return purls;
}

/** Where the image lies, and the indexes that list it. */
async function placesIn(table: Table, { digest }: ImageHead): Promise<Pick<VexSubject, 'digests' | 'repositories'>> {
  const digests: string[] = [digest];
  const repositories: string[] = [];
  const { pk } = keys.image(digest);
  for await (const item of table.query({ pk, prefix: 'X#' })) digests.push(String(item.index));
  for await (const item of table.query({ pk, prefix: 'R#' })) repositories.push(`${item.registry}/${item.repository}`);
  return { digests, repositories };
}
