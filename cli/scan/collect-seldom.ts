import { setFlagsFromString } from 'node:v8';
import type { ReadProgress } from '#shared/inventory';
import { collecting } from '../../bin/collecting.mjs';

/** packed; when so many came, the threads that unpack have started */
const muchBytes = 16 << 20;

/**
 * Has V8 collect garbage seldom as soon as much of an image came. Not from the beginning: code that is kept compiled, Node's own and this command's, counts only
 * under the flags that it was compiled with, and a thread that starts under others takes 65 ms for it instead of 35.
 */
export function collectSeldom(onProgress: (progress: ReadProgress) => void): (progress: ReadProgress) => void {
  let isSet = false;
  return (progress) => {
    if (!isSet && progress.bytesFetched > muchBytes) {
      isSet = true;
      setFlagsFromString(collecting);
    }
    onProgress(progress);
  };
}
