import { type Descriptor, type Digest, type ImageConfig, parseImageConfig } from '#shared/oci';
import { extractorsVersionOf } from './extractors-version.ts';
import { defaultLimits, type ReadLimits } from './limits.ts';
import type { CoverageReason, Inventory } from './types.ts';

/** What is known of an image that is not read: what could be believed of its manifest and config. */
export interface UnreadImage {
  readonly digest: Digest;
  readonly config?: ImageConfig;
  readonly layers?: readonly Pick<Descriptor, 'digest' | 'size'>[];
}

/** The inventory of an image that is not read: nothing is in it, and its coverage says loudly why. */
export function unreadInventory(
  { digest, config, layers = [] }: UnreadImage,
  reason: CoverageReason,
  limits: ReadLimits = defaultLimits,
): Inventory {
  return {
    schemaVersion: 1,
    image: digest,
    extractors: extractorsVersionOf(limits),
    config: config ?? parseImageConfig(Buffer.from('{}')),
    layers: layers.map((layer) => ({ digest: layer.digest, size: layer.size })),
    packages: [],
    executables: [],
    coverage: { state: 'unsupported', reasons: [reason] },
  };
}
