import { looksLikeSbom, readBill, SbomError } from '#shared/sbom';
import { distributionOfBill } from '../distribution-of-bill.ts';
import { UnreadableEvidence } from '../errors.ts';
import { keyOfPart } from '../key-of-purl.ts';
import type { BilledPackage, EvidenceDraft } from '../layer-facts.ts';
import { LostParts } from '../lost-parts.ts';
import { packageKeyId } from '../package-key.ts';
import type { EvidenceFile, Extractor } from './extractor.ts';
import { inFixture } from './fixture.ts';

const named = /\.(?:spdx|cdx|cyclonedx|bom)\.json$|\.(?:spdx|cdx)$/i;
/** what the maker of a wheel built into it, whatever the file is called: Python's PEP 770 */
export const wheelBill = /\.dist-info\/sboms\/[^/]+\.(?:json|spdx|cdx)$/;
/** Bitnami puts the bill of each component beside it: opt/bitnami/postgresql/.spdx-postgresql.spdx */
export const bitnamiBill = /^(opt\/bitnami\/(?:[^/]+\/)*)\.spdx-[^/]+\.spdx$/;
/** a document that lists more was not written for one image */
const mostPackages = 20_000;

/**
 * Bills of materials that lie in the image (`*.spdx.json`, `*.cdx.json`, Bitnami's). They say what somebody put there, not what is there: what they list counts where nothing
 * that was installed speaks of the same package; a wheel's lists copies of its own, which count beside others (billedPackages). Bitnami's are all that is known of its components, so there whatever cannot be judged is a reason of coverage; elsewhere only
 * a document that cannot be read is.
 */
export const embeddedSbom: Extractor = {
  name: 'sbom',
  version: 3,
  concerns: {
    endings: ['.spdx.json', '.cdx.json', '.cyclonedx.json', '.bom.json', '.spdx', '.cdx'],
    folders: ['sboms'],
  },
  wants({ path, base, size }) {
    return size > 0 && (named.test(base) || wheelBill.test(path)) && !inFixture(path) ? 'content' : undefined;
  },
  read(file) {
    // other trades call their files so too, licences among them
    if (!file.base.endsWith('.json') && !bitnamiBill.test(file.path) && !looksLikeSbom(file.bytes.subarray(0, 4096)))
      return [];
    return billDrafts(file, bitnamiBill.test(file.path));
  },
};

/**
 * What a bill says. `isAllThatIsKnown`: what cannot be judged of it is a reason of coverage. Throws UnreadableEvidence about `path` for what is no bill or a broken
 * one.
 */
export function billDrafts(file: Pick<EvidenceFile, 'path' | 'bytes'>, isAllThatIsKnown: boolean): EvidenceDraft[] {
  const { form, bill } = readDocument(file);
  const distribution = distributionOfBill(bill);
  const packages: BilledPackage[] = [];
  const lost = new LostParts();
  for (const part of bill.parts.slice(0, mostPackages)) {
    if (part.isExcluded) continue;
    const keyed = keyOfPart(part, distribution);
    if ('why' in keyed) lost.add(keyed, part);
    else {
      packages.push({
        key: packageKeyId(keyed.key),
        purl: part.purl ?? '',
        type: keyed.type,
        ...(part.licenses.length === 0
          ? {}
          : { licenses: part.licenses.slice(0, 10).map((text) => text.slice(0, 200)) }),
        ...(part.supplier === undefined ? {} : { supplier: part.supplier.slice(0, 200) }),
      });
    }
  }
  return [
    { kind: 'bill', form, packages },
    ...cut(bill.parts.length),
    ...(isAllThatIsKnown ? lost.reasons() : []).map(
      ({ code, text }): EvidenceDraft => ({ kind: 'trouble', code, text }),
    ),
  ];
}

function readDocument({ path, bytes }: Pick<EvidenceFile, 'path' | 'bytes'>): ReturnType<typeof readBill> {
  try {
    return readBill(bytes, path);
  } catch (cause) {
    throw new UnreadableEvidence(path, cause instanceof SbomError ? cause.text : 'this SBOM cannot be read', { cause });
  }
}

const cut = (parts: number): EvidenceDraft[] =>
  parts <= mostPackages
    ? []
    : [{ kind: 'trouble', code: 'limit', text: `an SBOM of ${parts} packages, of which ${mostPackages} are read` }];
