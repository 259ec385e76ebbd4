import { pipeline } from 'node:stream/promises';
import type { Digest } from '#shared/oci';
import { answerEmpty, methodRefused, write } from './answer.ts';
import { RegistryError } from './errors.ts';
import type { Exchange, Parts } from './parts.ts';
import { downloadRange } from './ranges.ts';

const SEND_BLOCK = 256 * 1024;

/** Answers for a blob (distribution-spec, "Pulling blobs", "Deleting blobs"). */
export async function answerBlob(parts: Parts, exchange: Exchange, repository: string, digest: Digest): Promise<void> {
  const { request, response } = exchange;
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return send(parts, exchange, repository, digest);
    case 'DELETE': {
      if (!(await parts.blobs.remove(repository, digest))) throw unknownBlob(repository, digest);
      return answerEmpty(response, 202);
    }
    default:
      throw methodRefused(request, 'GET, HEAD, DELETE');
  }
}

async function send(parts: Parts, { request, response }: Exchange, repository: string, digest: Digest): Promise<void> {
  const blob = await parts.blobs.open(repository, digest);
  if (blob === undefined) throw unknownBlob(repository, digest);
  try {
    const etag = `"${digest}"`;
    const headers = {
      'Content-Type': 'application/octet-stream',
      'Docker-Content-Digest': digest,
      'Accept-Ranges': 'bytes',
      ETag: etag,
    };
    if (request.headers['if-none-match'] === etag) return answerEmpty(response, 304, headers);
    if (request.method === 'HEAD') {
      write(response, 200, { ...headers, 'Content-Length': blob.size });
      response.end();
      return;
    }
    const condition = request.headers['if-range'];
    const asked = condition === undefined || condition === etag ? request.headers.range : undefined;
    const range = downloadRange(asked, blob.size);
    if (range === 'unsatisfiable') {
      throw new RegistryError(
        416,
        'RANGE_INVALID',
        digest,
        `the blob has ${blob.size} bytes and the range none of them`,
        'Ask for bytes that exist.',
        { headers: { 'Content-Range': `bytes */${blob.size}` } },
      );
    }
    const first = range?.first ?? 0;
    const last = range?.last ?? blob.size - 1;
    write(response, range === undefined ? 200 : 206, {
      ...headers,
      'Content-Length': last - first + 1,
      ...(range === undefined ? {} : { 'Content-Range': `bytes ${first}-${last}/${blob.size}` }),
    });
    if (blob.size === 0) {
      response.end();
      return;
    }
    const bytes = blob.handle.createReadStream({
      autoClose: false,
      start: first,
      end: last,
      highWaterMark: SEND_BLOCK,
    });
    await pipeline(bytes, response);
  } finally {
    await blob.handle.close();
  }
}

const unknownBlob = (repository: string, digest: Digest): RegistryError =>
  new RegistryError(
    404,
    'BLOB_UNKNOWN',
    `${repository}@${digest}`,
    'this repository has no such blob',
    'Push it, or mount it from the repository that has it.',
    { details: [{ digest }] },
  );
