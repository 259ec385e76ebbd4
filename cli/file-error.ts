import { plainText } from './plain-text.ts';

/** What people can do about the ways in which a file system refuses. */
const advice: Readonly<Record<string, string>> = {
  EACCES: 'check its permissions',
  EPERM: 'check its permissions',
  ENOENT: 'check the path',
  ENOTDIR: 'check the path',
  EISDIR: 'it is a folder; name a file',
  ENOSPC: 'make room on the disk',
  EDQUOT: 'make room on the disk',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
};

/**
 * What the file system refused, as a sentence that names the file and says what to do, in place of the words of its call. Undefined for every other error.
 * The path may be hostile and is made plain.
 */
export function tellFileError(error: Error): string | undefined {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined || path === undefined) return undefined;
  const what = ['write', 'mkdir', 'rename', 'unlink', 'rm'].includes(syscall) ? 'changed' : 'opened';
  const next = advice[code];
  return plainText(`${JSON.stringify(path)} cannot be ${what} (${code})${next === undefined ? '' : `; ${next}`}`);
}
