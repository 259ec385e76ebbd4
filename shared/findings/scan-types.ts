import type { AdvisoryBook } from '#shared/advisories';
import type { Inventory } from '#shared/inventory';
import type { Digest, ImageReference, ImageSource, SetAside, UnreadableImage } from '#shared/oci';
import type { Blobs, Table } from '#shared/store';
import type { ImageHead } from './types.ts';

/** What reading and judging an image needs from outside. */
export interface ScanPorts {
  readonly table: Table;
  readonly blobs: Blobs;
  readonly book: AdvisoryBook;
  /** opens the registry that holds an image */
  readonly open: (reference: ImageReference) => Promise<ImageSource>;
  readonly now: () => Date;
  /** whether the SBOM that is attached to images of a repository is believed instead of reading their layers; absent: never */
  readonly trustsSbom?: (reference: ImageReference) => Promise<boolean>;
  /** whether VEX documents attached to images of a repository are believed; absent: never */
  readonly trustsVex?: (reference: ImageReference) => Promise<boolean>;
}

/** One platform image that was read and judged, as the event and the story tell it. */
export interface ScannedImage {
  /** says in its coverage if the image is damaged; others of its index are read all the same */
  readonly head: ImageHead;
  readonly inventory: Inventory;
  /** compressed bytes that came over the wire for layers */
  readonly bytesFetched: number;
  readonly layersRead: number;
  readonly layersReused: number;
}

/** What one reference came to. */
export interface ScanResult {
  /** the root digest: the index when there is one */
  readonly root: Digest;
  readonly images: readonly ScannedImage[];
  /** what the index lists and the registry does not have: nothing can run it from there, and it is no part of what the index is worth */
  readonly absent: readonly UnreadableImage[];
  readonly setAside: readonly SetAside[];
}
