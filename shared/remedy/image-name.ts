import type { Digest } from '#shared/oci';

/** A reference as a task definition holds it, cut at its tag and digest; nothing is completed and nothing is believed. */
export interface ImageName {
  readonly name: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Cuts a reference. A colon before the last slash belongs to the registry's port. */
export function splitImageName(reference: string): ImageName {
  const at = reference.indexOf('@');
  const named = at < 0 ? reference : reference.slice(0, at);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  return {
    name: colon < 0 ? named : named.slice(0, colon),
    ...(colon < 0 ? {} : { tag: named.slice(colon + 1) }),
    ...(at < 0 ? {} : { digest: reference.slice(at + 1) }),
  };
}

/** The tag that a reference means: `latest` when it names neither tag nor digest (distribution convention). */
export const meantTag = (name: ImageName): string | undefined =>
  name.tag ?? (name.digest === undefined ? 'latest' : undefined);

/** `name:tag@digest`, which ECS takes (aws.md 3.1): exact, and people can still read it. */
export const pinnedName = (name: string, tag: string | undefined, digest: Digest): string =>
  `${name}${tag === undefined ? '' : `:${tag}`}@${digest}`;
