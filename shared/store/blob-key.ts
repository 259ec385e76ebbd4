import { StoreError } from './errors.ts';

const segment = /^[A-Za-z0-9!_.'()*:@+=,~%-]{1,200}$/;

/**
 * Checks a blob key: up to 900 characters of segments `[A-Za-z0-9!_.'()*:@+=,~%-]` joined by '/', none empty, '.' or '..'. Holds for every
 * adapter, so that what works in a folder works in S3. Throws StoreError('bad-key').
 */
export function checkBlobKey(key: string): readonly string[] {
  const segments = key.split('/');
  const bad =
    key.length > 900
      ? 'the key is over 900 characters'
      : segments.some((s) => !segment.test(s) || s === '.' || s === '..')
        ? 'a part of it is empty, a dot, too long or holds other characters'
        : undefined;
  if (bad !== undefined)
    throw new StoreError(
      'bad-key',
      `blob ${JSON.stringify(key.slice(0, 200))}`,
      `${bad}; build keys from digests and hashes`,
    );
  return segments;
}
