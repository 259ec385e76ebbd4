/**
 * How V8 collects garbage while layers pass: the heap is small beside the buffers, whose coming and going made it mark everything some fifty times
 * for half a gigabyte. Measured: a fourth less CPU, 15 MB more memory (npm run bench -- inventory).
 */
export const collecting = '--heap-growing-percent=400';
