const needsWork = /\/\/|\/\.{1,2}(?:\/|$)|^\.{1,2}(?:\/|$)|^\//;

/**
 * A tar name as the path below the image's root that a container runtime writes it to: no leading or trailing slash, no `.`,
 * `..` taken back by text and never above the root (containerd joins to the root after path.Clean). The root itself is ''.
 */
export function cleanPath(name: string): string {
  let text = name;
  if (text.endsWith('/')) text = text.slice(0, -1);
  if (!needsWork.test(text)) return text.endsWith('/') ? cleanPath(text) : text;
  const parts: string[] = [];
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}

/** The folder that holds a clean path; '' for the root. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
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
