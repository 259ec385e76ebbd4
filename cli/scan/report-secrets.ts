import type { FoundSecret } from '#shared/inventory';
import type { Digest } from '#shared/oci';
import { plainText } from '../plain-text.ts';
import { counted } from '../words.ts';
import type { ReportLayer, ScanReport } from './report.ts';

/** A private key, or a file with a password or token, in a layer. Of its content nothing is known but what it is. */
export interface ReportSecret {
  readonly path: string;
  /** `a private key` */
  readonly what: string;
  readonly layer: Digest;
  /** that layer's command */
  readonly createdBy: string | null;
  readonly part: ReportLayer['part'];
  /** a later layer deletes or replaces it; whoever can pull the image has it all the same */
  readonly deletedLater: boolean;
}

/** Keys and tokens as reports show them. */
export const reportSecrets = (
  secrets: readonly FoundSecret[],
  layers: readonly ReportLayer[],
): readonly ReportSecret[] =>
  secrets.map(({ path, what, layer, isThere }) => {
    const from = layers.find(({ digest }) => digest === layer);
    return {
      path,
      what,
      layer,
      createdBy: from?.createdBy ?? null,
      part: from?.part ?? null,
      deletedLater: !isThere,
    };
  });

const mostShown = 5;

/** What the table says of keys and tokens: the first few by their places, the rest by their number. */
export function secretLines({ secrets, image }: Pick<ScanReport, 'secrets' | 'image'>): string[] {
  if (secrets.length === 0) return [];
  const shown = secrets.slice(0, mostShown).map(({ path, what, layer, deletedLater }) => {
    const number = image.layers.findIndex(({ digest }) => digest === layer) + 1;
    const gone = deletedLater ? ', deleted later and still in the image' : '';
    return `          ${path}: ${what} in layer ${number}${gone}`;
  });
  const more = secrets.length - shown.length;
  return [
    `secrets   ${counted(secrets.length, 'file')} that whoever can pull the image can read:`,
    ...shown,
    ...(more === 0 ? [] : [`          and ${more} more (--format json lists them all)`]),
  ].map(plainText);
}
