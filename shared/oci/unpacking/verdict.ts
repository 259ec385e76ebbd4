import { CorruptLayer, DigestMismatch, SizeMismatch, TruncatedLayer, UnsupportedCompression } from '../errors.ts';
import { unsupported } from '../packing.ts';
import type { Descriptor } from '../types.ts';

/** How unpacking a blob ended; plain data, because it may come from another thread. */
export type Verdict =
  | { readonly is: 'sound' }
  | { readonly is: 'other-size'; readonly bytes: number }
  | { readonly is: 'other-digest'; readonly digest: string }
  | { readonly is: 'unsupported'; readonly compression: string }
  /** `code`: zlib's or zstd's word */
  | { readonly is: 'broken'; readonly code: string };

/** Whether these are not the promised bytes, so that nothing that was seen in them counts. */
export const isOther = ({ is }: Verdict): boolean => is === 'other-digest' || is === 'other-size';

/** The error that a verdict means, for the blob of `descriptor` from `source`; undefined for a sound one. */
export function errorOf(verdict: Verdict, { digest, size }: Descriptor, source: string): Error | undefined {
  switch (verdict.is) {
    case 'sound':
      return undefined;
    case 'other-size':
      return new SizeMismatch(source, digest, size, verdict.bytes);
    case 'other-digest':
      return new DigestMismatch(source, digest, verdict.digest);
    case 'unsupported':
      return unsupported(digest, verdict.compression);
    case 'broken':
      return brokenPacking(digest, verdict.code);
  }
}

/** The error that a code of zlib or zstd means for the packed bytes of `about`. */
export function brokenPacking(
  about: string,
  code: string,
  options?: ErrorOptions,
): TruncatedLayer | CorruptLayer | UnsupportedCompression {
  if (code === 'ZSTD_error_frameParameter_windowTooLarge')
    return new UnsupportedCompression(
      about,
      'to unpack it, zstd needs a window of more than 128 MiB',
      'Pack it without --long and --ultra.',
      options,
    );
  const advice = 'Push the image again.';
  return code === 'Z_BUF_ERROR'
    ? new TruncatedLayer(about, 'its compressed data ends too early', advice, options)
    : new CorruptLayer(about, `its compressed data is broken (${code})`, advice, options);
}
