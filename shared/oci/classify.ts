import { isDigest } from './digest.ts';
import { isConfigType, isForeignLayer, OCI_EMPTY, OCI_LAYER } from './media-types.ts';
import type { Descriptor, Digest, ImageManifest } from './types.ts';

const KNOWN_ARTIFACTS: readonly (readonly [string, string])[] = [
  ['application/vnd.cncf.helm.', 'a Helm chart'],
  ['application/vnd.dev.cosign.', 'a cosign signature'],
  ['application/vnd.dev.sigstore.', 'a sigstore bundle'],
  ['application/vnd.cncf.notary.', 'a Notary signature'],
  ['application/vnd.in-toto', 'an in-toto attestation'],
  ['application/vnd.dsse.', 'a signed attestation'],
  ['application/vnd.cyclonedx', 'a CycloneDX SBOM'],
  ['application/spdx', 'an SPDX SBOM'],
  ['text/spdx', 'an SPDX SBOM'],
  ['application/vnd.buildkit.cacheconfig', 'a BuildKit cache'],
  ['application/vnd.docker.plugin.', 'a Docker plugin'],
  ['application/vnd.wasm.', 'a WebAssembly module'],
  ['application/vnd.cncf.flux.', 'a Flux artifact'],
  ['application/vnd.cncf.openpolicyagent.', 'an Open Policy Agent bundle'],
  ['application/vnd.ollama.', 'a language model'],
  ['application/vnd.docker.ai.', 'a language model'],
];

/** What buildkit marks attestations with, in the index. */
const REFERENCE_TYPE = 'vnd.docker.reference.type';
const REFERENCE_DIGEST = 'vnd.docker.reference.digest';

/**
 * Why an index's child need not be opened: its platform is unknown/unknown, which no runtime ever chooses (BuildKit's
 * attestations carry it). Undefined when the child must be looked at. A mark alone does not excuse a child: whoever
 * makes the index could mark a real image so.
 */
export function unknownPlatformReason(child: Descriptor): string | undefined {
  if (child.platform?.os !== 'unknown' || child.platform.architecture !== 'unknown') return undefined;
  const type = child.annotations?.[REFERENCE_TYPE];
  if (type === undefined) return 'its platform is unknown/unknown';
  return `${type} of ${child.annotations?.[REFERENCE_DIGEST] ?? 'an unnamed image'}`;
}

/** The image that an index's child attests something of, as BuildKit marks it: a claim. */
export function attestedBy(child: Descriptor): Digest | undefined {
  const digest = child.annotations?.[REFERENCE_DIGEST];
  return child.annotations?.[REFERENCE_TYPE] === 'attestation-manifest' && isDigest(digest) ? digest : undefined;
}

/**
 * What a manifest is when it is no image to run: 'a Helm chart'. Undefined for images. Decided by the config's type
 * and, because signatures and attestations are pushed with an image's config type, by whether any layer is a
 * filesystem.
 */
export function artifactKind(manifest: ImageManifest): string | undefined {
  const { config, layers, artifactType } = manifest;
  const types = [artifactType, config.mediaType, ...layers.map((layer) => layer.mediaType)];
  // registries of 2016 stored configs as octet-stream; their layers tell
  const isImageConfig = isConfigType(config.mediaType) || config.mediaType === 'application/octet-stream';
  if (isImageConfig && (layers.length === 0 ? isConfigType(config.mediaType) : layers.some(isFilesystem)))
    return undefined;
  for (const [prefix, what] of KNOWN_ARTIFACTS) {
    if (types.some((type) => type?.startsWith(prefix))) return what;
  }
  const type =
    artifactType ?? (config.mediaType === OCI_EMPTY || isImageConfig ? layers[0]?.mediaType : config.mediaType);
  return type === undefined || type === '' ? 'an artifact of no named type' : `an artifact of type ${type}`;
}

function isFilesystem({ mediaType }: Descriptor): boolean {
  return (
    mediaType.startsWith(OCI_LAYER) ||
    mediaType.startsWith('application/vnd.docker.image.rootfs.') ||
    isForeignLayer(mediaType)
  );
}
