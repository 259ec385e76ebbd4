import type { Bill, BillPart } from '#shared/sbom';
import { distributionNamed } from './distribution-named.ts';
import { distributionOfPurl } from './key-of-purl.ts';
import type { Distribution } from './types.ts';

/** The bill's words make the distribution again; the ecosystem that Drydock wrote beside them counts if it is one of that distribution. */
export function distributionOfBill({ distribution: stated, parts }: Bill): Distribution | undefined {
  if (stated === undefined) return distributionOfParts(parts);
  const named = distributionNamed(stated);
  const base = (ecosystem: string | undefined): string => ecosystem?.split(':')[0] ?? '';
  if (named === undefined || stated.ecosystem === undefined) return named;
  if (base(stated.ecosystem) !== base(named.ecosystem)) return named;
  const channel = /^[a-z0-9.-]{1,30}$/.test(stated.channel ?? '') ? stated.channel : undefined;
  return { ...named, ecosystem: stated.ecosystem, ...(channel === undefined ? {} : { channel }) };
}

/** SPDX documents of others name the distribution in package URLs only. */
function distributionOfParts(parts: readonly BillPart[]): Distribution | undefined {
  for (const { purl } of parts) {
    const found = purl === undefined ? undefined : distributionOfPurl(purl);
    if (found !== undefined) return found;
  }
  return undefined;
}
