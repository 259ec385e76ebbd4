import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BlobStore } from './blob-store.ts';
import type { ManifestStore } from './manifest-store.ts';
import type { RegistryDelete, RegistryPush } from './types.ts';
import type { Uploads } from './uploads.ts';

/** What the answers are made from. */
export interface Parts {
  readonly blobs: BlobStore;
  readonly manifests: ManifestStore;
  readonly uploads: Uploads;
  readonly now: () => Date;
  readonly pushed: (event: RegistryPush) => void;
  readonly deleted: (event: RegistryDelete) => void;
}

/** One request on its way to its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}
