/**
 * A tar name as the path below the image's root that a container runtime writes it to: no leading or trailing slash, no `.`,
 * `..` taken back by text and never above the root (containerd joins to the root after path.Clean). The root itself is ''.
 */
export function cleanPath(name: string): string {
  let start = 0;
  let end = name.length;
  if (name.startsWith('./')) start = 2;
  while (start < end && name.charCodeAt(start) === slash) start += 1;
  while (end > start && name.charCodeAt(end - 1) === slash) end -= 1;
  const text = start === 0 && end === name.length ? name : name.slice(start, end);
  if (isClean(text)) return text;
  const parts: string[] = [];
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}

const slash = 47;
const dot = 46;

/** False for what has empty or dotted parts; hidden files are looked at more closely for nothing. Nearly all names are clean. */
function isClean(text: string): boolean {
  if (text.charCodeAt(0) === dot) return false;
  for (let at = text.indexOf('/'); at >= 0; at = text.indexOf('/', at + 1)) {
    const next = text.charCodeAt(at + 1);
    if (next === slash || next === dot) return false;
  }
  return true;
}

/** The folder that holds a clean path; '' for the root. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/**
 * Whether a tar name is a clean path of a file right in this clean folder, told at a glance: archives list a folder in one go. False says nothing: for hidden
 * files, for what has a slash at its end and for the root.
 */
export function isPlainlyIn(folder: string, name: string): boolean {
  const at = folder.length;
  return (
    at > 0 &&
    name.length > at + 1 &&
    name.charCodeAt(at) === slash &&
    name.charCodeAt(at + 1) !== dot &&
    name.indexOf('/', at + 1) < 0 &&
    name.startsWith(folder)
  );
}

/** The last part of a clean path. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A clean path below a folder; '' is the root. */
export function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** How many folders a clean path has above it. */
export function depthOf(path: string): number {
  let depth = 0;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) depth += 1;
  return depth;
}
