/**
 * `base.endsWith(ending)` for the many that do not: the last character decides nearly always, and costs a tenth. It is asked of every file of an image, up to
 * three million times for each kind of evidence.
 */
export function hasEnding(base: string, ending: string): boolean {
  return base.charCodeAt(base.length - 1) === ending.charCodeAt(ending.length - 1) && base.endsWith(ending);
}

/** True when a file lies directly in a folder of this name: `inFolder('a/ebin/x.app', 'x.app', 'ebin')`. */
export function inFolder(path: string, base: string, folder: string): boolean {
  const end = path.length - base.length - 1;
  const start = end - folder.length;
  return start >= 0 && path.startsWith(folder, start) && (start === 0 || path.charCodeAt(start - 1) === 47);
}
