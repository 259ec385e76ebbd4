import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { replaceFile } from '../../cli/db/replace-file.ts';
import { freshFolder } from './command.ts';

describe('putting a file in the place of another', () => {
  test('given that it can be written, then it is there, and what writing gave is given', async () => {
    const folder = freshFolder();
    const file = path.join(folder, 'kev.json');
    writeFileSync(file, 'before');
    const bytes = await replaceFile(file, async (beside) => {
      await writeFile(beside, 'after');
      expect(readFileSync(file, 'utf8')).toBe('before');
      return 5;
    });
    expect([bytes, readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual([5, 'after', ['kev.json']]);
  });

  test('given that writing fails in its middle, then the one before stays, and nothing beside it', async () => {
    const folder = freshFolder();
    const file = path.join(folder, 'kev.json');
    writeFileSync(file, 'before');
    const writing = replaceFile(file, async (beside) => {
      await writeFile(beside, 'af');
      throw new Error('no space left');
    });
    await expect(writing).rejects.toThrow('no space left');
    expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual(['before', ['kev.json']]);
  });

  test('given that its place cannot be taken, then nothing is left beside it', async () => {
    const folder = freshFolder();
    mkdirSync(path.join(folder, 'all.zip', 'inner'), { recursive: true });
    await expect(replaceFile(path.join(folder, 'all.zip'), (beside) => writeFile(beside, 'x'))).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['all.zip']);
  });
});
