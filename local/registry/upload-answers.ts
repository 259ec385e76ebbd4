import type { IncomingMessage } from 'node:http';
import { algorithmOf, type Digest, isDigest } from '#shared/oci';
import { answerEmpty, type Headers, methodRefused } from './answer.ts';
import { RegistryError } from './errors.ts';
import { isRepository } from './names.ts';
import type { Exchange, Parts } from './parts.ts';
import { chunkRange } from './ranges.ts';
import { digest as readDigest } from './routes.ts';
import type { Upload } from './uploads.ts';

/** Answers for the beginning of uploads: in one request, in several, or none because the blob is mounted (distribution-spec, "Pushing blobs"). */
export async function answerUploads(parts: Parts, exchange: Exchange, repository: string): Promise<void> {
  const { request, response, query } = exchange;
  if (request.method !== 'POST') throw methodRefused(request, 'POST');

  const mount = query.get('mount');
  if (mount !== null) {
    // an impossible mount falls back to an upload, as with registries that know no mounting
    const from = query.get('from');
    const possible = isDigest(mount) && (from === null || isRepository(from));
    if (possible && (await parts.blobs.mount(repository, mount, from ?? undefined))) {
      return answerEmpty(response, 201, created(repository, mount));
    }
    const upload = await parts.uploads.begin(repository, isDigest(mount) ? algorithmOf(mount) : 'sha256');
    return answerEmpty(response, 202, progress(upload));
  }

  const whole = query.get('digest');
  if (whole !== null) {
    const digest = readDigest(whole);
    const upload = await parts.uploads.begin(repository, algorithmOf(digest));
    try {
      await parts.uploads.finish(upload, digest, request, lengthOf(request));
    } catch (error) {
      // nobody was told this upload's name
      await parts.uploads.cancel(upload).catch(() => undefined);
      throw error;
    }
    return answerEmpty(response, 201, created(repository, digest));
  }

  const algorithm = query.get('digest-algorithm') === 'sha512' ? 'sha512' : 'sha256';
  return answerEmpty(response, 202, progress(await parts.uploads.begin(repository, algorithm)));
}

/** Answers for one upload: its status, a chunk, the end, the cancelling. */
export async function answerUpload(parts: Parts, exchange: Exchange, repository: string, id: string): Promise<void> {
  const { request, response, query } = exchange;
  const upload = parts.uploads.find(repository, id);
  switch (request.method) {
    case 'GET':
      return answerEmpty(response, 204, progress(upload));
    case 'PATCH': {
      await parts.uploads.append(upload, request, expectedBytes(request, upload));
      return answerEmpty(response, 202, progress(upload));
    }
    case 'PUT': {
      const digest = readDigest(query.get('digest') ?? '');
      await parts.uploads.finish(upload, digest, request, expectedBytes(request, upload));
      return answerEmpty(response, 201, created(repository, digest));
    }
    case 'DELETE': {
      await parts.uploads.cancel(upload);
      return answerEmpty(response, 204);
    }
    default:
      throw methodRefused(request, 'GET, PATCH, PUT, DELETE');
  }
}

/**
 * How many bytes the body must have: what Content-Range says, which must go on where the upload is, else Content-Length.
 * @throws RegistryError 416 for a chunk out of order or a range that is none, 400 when the two headers differ
 */
function expectedBytes(request: IncomingMessage, upload: Upload): number | undefined {
  const length = lengthOf(request);
  const header = request.headers['content-range'];
  // a closing PUT without bytes has no range to speak of, whatever its header says
  if (header === undefined || length === 0) return length;
  const range = chunkRange(header);
  if (range === 'malformed' || range.first !== upload.size) {
    throw new RegistryError(
      416,
      'BLOB_UPLOAD_INVALID',
      upload.id,
      range === 'malformed' ? 'Content-Range is not <first>-<last>' : `the chunk begins at ${range.first}`,
      `Go on at byte ${upload.size}.`,
      { headers: progress(upload) },
    );
  }
  const promised = range.last - range.first + 1;
  if (length !== undefined && length !== promised) {
    throw new RegistryError(
      400,
      'SIZE_INVALID',
      upload.id,
      `Content-Range speaks of ${promised} bytes, Content-Length of ${length}`,
      'Make them equal.',
      { headers: progress(upload) },
    );
  }
  return promised;
}

function lengthOf(request: IncomingMessage): number | undefined {
  const header = request.headers['content-length'];
  return header === undefined ? undefined : Number(header);
}

// 0-0 for nothing yet is how registries have always said it
const progress = ({ repository, id, size }: Upload): Record<string, string> => ({
  Location: `/v2/${repository}/blobs/uploads/${id}`,
  Range: `0-${Math.max(0, size - 1)}`,
  'Docker-Upload-UUID': id,
});

const created = (repository: string, digest: Digest): Headers => ({
  Location: `/v2/${repository}/blobs/${digest}`,
  'Docker-Content-Digest': digest,
});
