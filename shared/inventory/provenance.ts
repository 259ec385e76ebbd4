import {
  type Descriptor,
  type Image,
  type ImageSource,
  isDigest,
  OciError,
  parseManifest,
  readBlob,
} from '#shared/oci';
import { type Claims, objectAt, objectsAt, parsePurl } from '#shared/sbom';
import type { Provenance } from './types.ts';

/** what attestations are pushed as: bare statements, and signed ones */
const types = ['application/vnd.in-toto+json', 'application/vnd.dev.sigstore.bundle.v0.3+json'];
/** whoever may push may attach many */
const mostAttestations = 10;
const mostBytes = 8 * 2 ** 20;
const mostImages = 100;
/** subjects and materials of one statement */
const mostListed = 1_000;

type MadeOf = Provenance['images'][number];

/**
 * What the provenance of an image says that it was made of: attestations that its index lists (BuildKit's), else those that refer to it. in-toto statements of SLSA provenance
 * 0.2 (`materials`) and 1 (`resolvedDependencies`), bare or in a DSSE envelope, whose subject is this very image. No signature is checked: these are claims. Undefined when
 * there is none. What cannot be read is told in the result: it never stops the reading of an image.
 */
export async function readProvenance(
  image: Image,
  source: ImageSource,
  listed: readonly Descriptor[] = [],
): Promise<Provenance | undefined> {
  const images = new Map<string, MadeOf>();
  let trouble: string | undefined;
  let isFound = false;
  try {
    const attestations = listed.length > 0 ? listed : await referring(image, source);
    for (const attestation of attestations.slice(0, mostAttestations)) {
      for (const statement of await statementsOf(attestation, image, source)) {
        const found = imagesOf(statement, image);
        isFound ||= found !== undefined;
        for (const each of found ?? []) if (images.size < mostImages) images.set(each.digest, each);
      }
    }
  } catch (error) {
    if (!(error instanceof OciError || error instanceof SyntaxError)) throw error;
    trouble = error.message.slice(0, 500);
  }
  if (!isFound && trouble === undefined) return undefined;
  return { images: [...images.values()], ...(trouble === undefined ? {} : { trouble }) };
}

/** A registry that keeps no such list, or refuses it, says nothing of the image. */
async function referring(image: Image, source: ImageSource): Promise<readonly Descriptor[]> {
  try {
    for (const type of types) {
      const found = (await source.referrers?.(image.digest, type)) ?? [];
      if (found.length > 0) return found;
    }
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
  }
  return [];
}

async function statementsOf(attestation: Descriptor, image: Image, source: ImageSource): Promise<readonly Claims[]> {
  const about = `the attestation ${attestation.digest} of ${image.digest}`;
  const parsed = parseManifest(await source.manifest(attestation), attestation.mediaType, about);
  if (parsed.kind !== 'image') return [];
  const statements: Claims[] = [];
  for (const layer of parsed.manifest.layers.slice(0, mostAttestations)) {
    const predicate = layer.annotations?.['in-toto.io/predicate-type'];
    if (!types.includes(layer.mediaType) || (predicate !== undefined && !predicate.startsWith(slsa))) continue;
    const statement = statementOf(JSON.parse((await readBlob(source, layer, mostBytes)).toString('utf8')));
    if (statement !== undefined) statements.push(statement);
  }
  return statements;
}

const slsa = 'https://slsa.dev/provenance/';

/** The statement itself, out of the envelope that it is signed in (DSSE), and that out of sigstore's bundle. */
function statementOf(document: unknown): Claims | undefined {
  const fields = objectAt(document);
  const { payload } = objectAt(fields.dsseEnvelope ?? fields);
  if (typeof payload !== 'string') return fields;
  return objectAt(JSON.parse(Buffer.from(payload, 'base64').toString('utf8')));
}

/** Images among the materials of a statement; undefined when it is no provenance, or another image's. */
function imagesOf({ predicateType, predicate, subject }: Claims, image: Image): MadeOf[] | undefined {
  if (typeof predicateType !== 'string' || !predicateType.startsWith(slsa)) return undefined;
  if (
    !objectsAt(subject)
      .slice(0, mostListed)
      .some((each) => digestOf(each) === image.digest)
  )
    return undefined;
  const { materials, buildDefinition } = objectAt(predicate);
  const all = [...objectsAt(materials), ...objectsAt(objectAt(buildDefinition).resolvedDependencies)];
  return all.slice(0, mostListed).flatMap((material) => {
    const name = typeof material.uri === 'string' ? imageName(material.uri) : undefined;
    const digest = digestOf(material) ?? (typeof material.uri === 'string' ? digestIn(material.uri) : undefined);
    return name === undefined || digest === undefined ? [] : [{ name, digest }];
  });
}

/** `pkg:docker/node@20?platform=…`, `pkg:oci/node@sha256:…`, `oci://registry/name`; undefined for sources and other files. */
function imageName(uri: string): string | undefined {
  const plain = /^(?:oci|docker):\/\/([^\s@]{1,300})/.exec(uri)?.[1];
  if (plain !== undefined) return plain;
  const purl = parsePurl(uri);
  if (purl === undefined || (purl.type !== 'docker' && purl.type !== 'oci')) return undefined;
  const place =
    purl.qualifiers.get('repository_url') ?? [purl.namespace, purl.name].filter((part) => part !== '').join('/');
  const tag = purl.qualifiers.get('tag') ?? (purl.version?.includes(':') === true ? undefined : purl.version);
  return tag === undefined ? place : `${place}:${tag}`;
}

const digestIn = (uri: string): MadeOf['digest'] | undefined => {
  const text = /@(sha256(?::|%3A)[0-9a-f]{64})/i.exec(uri)?.[1]?.toLowerCase().replace('%3a', ':');
  return isDigest(text) ? text : undefined;
};

function digestOf({ digest }: Claims): MadeOf['digest'] | undefined {
  const text = `sha256:${String(objectAt(digest).sha256)}`;
  return isDigest(text) ? text : undefined;
}
