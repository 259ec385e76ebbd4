/** True when a file lies directly in a folder of this name: `inFolder('a/ebin/x.app', 'x.app', 'ebin')`. */
export function inFolder(path: string, base: string, folder: string): boolean {
  const end = path.length - base.length - 1;
  const start = end - folder.length;
  return start >= 0 && path.startsWith(folder, start) && (start === 0 || path.charCodeAt(start - 1) === 47);
}
