import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { checkBlobKey } from '../blob-key.ts';
import { StoreError } from '../errors.ts';
import type { Blobs } from '../types.ts';

/** What one blob may hold at most when it is read: a function's memory is the limit, not S3. */
const defaultMaxBytes = 512 * 1024 * 1024;

const gone = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'NoSuchKey' || error.name === 'NotFound');

/**
 * Blobs in an S3 bucket; S3's own put is atomic and, since 2020, read back at once. The function's role needs s3:ListBucket on the bucket: without
 * it S3 answers 403 for a key that is not there (GetObject API, "Permissions"), which is thrown, never taken for absence. The client's own
 * retries serve throttles; what remains is StoreError('unavailable'). `list` and `remove` tell writings apart by their version ids: the bucket must keep versions.
 */
export function s3Blobs({
  client,
  bucket,
  maxBytes = defaultMaxBytes,
}: {
  readonly client: S3Client;
  readonly bucket: string;
  readonly maxBytes?: number;
}): Blobs {
  const place = (key: string): { Bucket: string; Key: string } => {
    checkBlobKey(key);
    return { Bucket: bucket, Key: key };
  };
  const failed = (key: string, cause: unknown): StoreError => {
    if (cause instanceof StoreError) return cause;
    const said =
      cause instanceof S3ServiceException
        ? `${cause.$metadata.httpStatusCode} ${cause.name}: ${cause.message}`
        : String(cause);
    return new StoreError(
      'unavailable',
      `blob ${key} in bucket ${bucket}`,
      `S3 said ${said}; try again later, or look at the role's permissions (s3:ListBucket included)`,
      { cause },
    );
  };

  return {
    async get(key) {
      const at = place(key);
      try {
        const { Body, ContentLength = 0 } = await client.send(new GetObjectCommand(at));
        if (Body === undefined) return undefined;
        if (ContentLength > maxBytes) {
          if ('destroy' in Body) Body.destroy();
          throw new StoreError(
            'too-large',
            `blob ${key} in bucket ${bucket}`,
            `it is ${ContentLength} bytes, ${maxBytes} are read at most; something else wrote it`,
          );
        }
        return Buffer.from(await Body.transformToByteArray());
      } catch (cause) {
        if (gone(cause)) return undefined;
        throw failed(key, cause);
      }
    },
    async put(key, bytes) {
      const at = place(key);
      try {
        await client.send(new PutObjectCommand({ ...at, Body: bytes, ContentLength: bytes.byteLength }));
      } catch (cause) {
        throw failed(key, cause);
      }
    },
    async has(key) {
      const at = place(key);
      try {
        await client.send(new HeadObjectCommand(at));
        return true;
      } catch (cause) {
        if (gone(cause)) return false;
        throw failed(key, cause);
      }
    },
    async delete(key) {
      const at = place(key);
      try {
        await client.send(new DeleteObjectCommand(at));
      } catch (cause) {
        throw failed(key, cause);
      }
    },
    async *list({ after } = {}) {
      let start: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } =
        after === undefined ? {} : { KeyMarker: after };
      for (;;) {
        const page = await client
          .send(new ListObjectVersionsCommand({ Bucket: bucket, ...start }))
          .catch((cause: unknown) => {
            throw failed('lists', cause);
          });
        for (const { Key: key, LastModified: at, VersionId: version } of page.Versions ?? [])
          if (key !== undefined && at !== undefined && version !== undefined)
            yield { key, at: at.toISOString(), version };
        if (page.IsTruncated !== true || page.NextKeyMarker === undefined) return;
        start = {
          KeyMarker: page.NextKeyMarker,
          ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }),
        };
      }
    },
    async remove({ key, version }) {
      const at = place(key);
      try {
        await client.send(new DeleteObjectCommand({ ...at, VersionId: version }));
      } catch (cause) {
        throw failed(key, cause);
      }
    },
  };
}
