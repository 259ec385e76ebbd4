import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { memoryBlobs, packJson } from '#shared/store';
import { keepJson, readKeptJson } from '../../../shared/advisories/kept-json.ts';

const numbers = { folder: 'numbers', schema: z.array(z.number()), limit: 1_000, what: 'numbers' };

describe('a kept list', () => {
  test('is read back by its hash', async () => {
    const blobs = memoryBlobs();
    const hash = await keepJson(blobs, 'numbers', [1, 2]);
    expect(await readKeptJson(blobs, numbers, hash)).toEqual([1, 2]);
    await expect(readKeptJson(blobs, numbers, 'b'.repeat(64))).rejects.toMatchObject({
      code: 'broken-shard',
      message: expect.stringContaining('numbers is gone'),
    });
  });

  test.each([
    ['damaged', Buffer.from('something else')],
    ['cut', packJson([1, 2]).subarray(0, 10)],
    ['another list', packJson([1, 3])],
    ['of another shape', packJson(['1', '2'])],
    ['more than it may unpack to', packJson(Array.from({ length: 1_000 }, (_, n) => n))],
  ])('that is %s is broken', async (_, bytes) => {
    const blobs = memoryBlobs();
    const hash = await keepJson(blobs, 'numbers', [1, 2]);
    await blobs.put(`numbers/${hash}`, bytes);
    await expect(readKeptJson(blobs, numbers, hash)).rejects.toMatchObject({
      code: 'broken-shard',
      about: `numbers/${hash}`,
      message: expect.stringContaining('numbers is not what its hash says'),
    });
  });
});
