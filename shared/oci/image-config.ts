import { namesOfVariables, withoutValues } from './build-step.ts';
import { isDigest } from './digest.ts';
import { type Fields, keysOf, objectOf, parseObject, textOf, textsByNameOf, textsOf } from './document.ts';
import { InvalidConfig, TooLarge } from './errors.ts';
import type { Digest, ImageConfig } from './types.ts';

/** Largest image config that is read; real ones have some tens of KB. */
export const CONFIG_LIMIT = 8 << 20;

const MOST_STEPS = 10_000;

/**
 * Parses an image config (image-spec config.md; Docker's image JSON is the same). A field that is absent or of another
 * type is read as absent: a strange config must not keep an image's layers from being read. `diffIds` is empty when any
 * of them is no digest, because then their order means nothing. Throws InvalidConfig for what is no JSON object,
 * TooLarge.
 */
export function parseImageConfig(bytes: Buffer, about = 'image config'): ImageConfig {
  if (bytes.length > CONFIG_LIMIT) throw new TooLarge(about, 'the image config', CONFIG_LIMIT);
  const document = parseObject(bytes);
  if (document === undefined) {
    throw new InvalidConfig(about, 'the image config is no JSON object', 'Push the image again with a current client.');
  }
  const run: Fields = objectOf(document.config) ?? {};
  return {
    os: textOf(document.os) ?? '',
    architecture: textOf(document.architecture) ?? '',
    ...optional('variant', textOf(document.variant)),
    ...optional('created', textOf(document.created)),
    ...optional('user', textOf(run.User)),
    ...optional('workingDir', textOf(run.WorkingDir)),
    entrypoint: textsOf(run.Entrypoint),
    command: textsOf(run.Cmd),
    exposedPorts: keysOf(run.ExposedPorts),
    volumes: keysOf(run.Volumes),
    environment: namesOfVariables(textsOf(run.Env)),
    ...healthCheckOf(run.Healthcheck),
    labels: textsByNameOf(run.Labels),
    diffIds: readDiffIds(objectOf(document.rootfs)),
    history: readHistory(document.history),
  };
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
}

function healthCheckOf(value: unknown): { readonly healthCheck?: readonly string[] } {
  const test = textsOf(objectOf(value)?.Test);
  return test.length === 0 ? {} : { healthCheck: test };
}

function readDiffIds(rootfs: Fields | undefined): Digest[] {
  const ids: unknown = rootfs?.diff_ids;
  return Array.isArray(ids) && ids.every(isDigest) ? ids : [];
}

function readHistory(value: unknown): ImageConfig['history'] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MOST_STEPS).map((item: unknown) => {
    const step = objectOf(item) ?? {};
    const createdBy = textOf(step.created_by);
    return {
      ...optional('createdBy', createdBy === undefined ? undefined : withoutValues(createdBy)),
      ...optional('created', textOf(step.created)),
      emptyLayer: step.empty_layer === true,
    };
  });
}
