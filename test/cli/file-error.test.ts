import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { tellFileError } from '../../cli/file-error.ts';
import { freshFolder } from './command.ts';

const folder = freshFolder();

/** What Node throws when `syscall` is refused; root, who may run these tests, is refused nothing. */
const refused = (code: string, syscall: string, name: string): Error =>
  Object.assign(new Error(`${code}: refused, ${syscall} '${name}'`), { errno: -13, code, syscall, path: name });

describe('what a file system refuses', () => {
  test('names the file and says what to do', async () => {
    const file = path.join(folder, 'away');
    const error = await readFile(file).catch((thrown: Error) => thrown);
    expect(tellFileError(error as Error)).toBe(`${JSON.stringify(file)} cannot be opened (ENOENT); check the path`);
    expect(tellFileError(refused('EACCES', 'open', 'image.tar'))).toBe(
      '"image.tar" cannot be opened (EACCES); check its permissions',
    );
    expect(tellFileError(refused('EACCES', 'mkdir', 'out'))).toBe(
      '"out" cannot be changed (EACCES); check its permissions',
    );
    expect(tellFileError(refused('EIO', 'open', 'image.tar'))).toBe('"image.tar" cannot be opened (EIO)');
  });

  test('is told without what would move the cursor', () => {
    const told = tellFileError(refused('EACCES', 'open', 'a\u001b[2J\u202e'));
    expect(told).toContain('cannot be opened');
    expect([...(told ?? '')].filter((character) => character < ' ' || character > '~')).toEqual([]);
  });

  test('is nothing else: other errors keep their own words', () => {
    expect(tellFileError(new Error('no'))).toBeUndefined();
    expect(tellFileError(Object.assign(new Error('no'), { code: 'not-found', about: 'x' }))).toBeUndefined();
  });
});
