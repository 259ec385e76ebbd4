import type { ScannedImage } from './plan-types.ts';

/** As people know it: with its first tag, else the beginning of its digest. */
export const imageName = (image: ScannedImage): string =>
  image.tags[0] === undefined ? image.digest.slice(0, 19) : `${image.repository}:${image.tags[0]}`;

/** Its own digest and the others under which a runtime reports it. */
export const digestsOf = (image: ScannedImage): ScannedImage['digest'][] => [
  ...new Set([image.digest, ...(image.aliases ?? [])]),
];

/** Whether two are one image, by any of their digests. */
export const isSame = (a: ScannedImage, b: ScannedImage): boolean =>
  digestsOf(a).some((digest) => digestsOf(b).includes(digest));
