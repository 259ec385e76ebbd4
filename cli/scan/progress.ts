import type { ReadProgress } from '#shared/inventory';

/** Draws how far reading is, at most ten times a second. */
export function readingProgress(draw: (text: string) => void, now: () => number): (progress: ReadProgress) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (progress) => {
    if (now() - last < 100) return;
    last = now();
    const { bytesFetched, bytesToFetch, layersRead, layersReused, layers } = progress;
    const reused = layersReused === 0 ? '' : `, ${layersReused} known`;
    draw(
      `reading ${layersRead + layersReused} of ${layers} layers${reused}: ${megabytes(bytesFetched)} of ${megabytes(bytesToFetch)}`,
    );
  };
}

/** The same for a folder, whose size nobody knows before its end. */
export function folderProgress(draw: (text: string) => void, now: () => number): (entries: number) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (entries) => {
    if (now() - last < 100) return;
    last = now();
    draw(`reading a folder: ${entries} files and folders`);
  };
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
