/** What a file name says of a jar: `netty-tcnative-2.0.46.Final-linux-x86_64`. */
export interface JarFileName {
  readonly artifact: string;
  readonly version: string;
}

// qualifiers that belong to a version; every other word behind it is a classifier (sources, linux-x86_64, jakarta)
const qualifier = /^(?:SNAPSHOT|RELEASE|FINAL|GA|SP\d+|(?:alpha|beta|rc|cr|m|b)[.-]?\d*|jre\d*|android|incubating)$/i;
const numeric = /^\d+(?:\.\d+)*$/;

/**
 * Splits a file name without its ending at the version: the last part that begins with a digit, with the numbers before it (`zstd-jni-1.5.0-2`) and the
 * qualifier behind it (`31.0.1-jre`). A part before that is of the name, digits or not (`log4j-1.2-api-2.14.1`). undefined when there is no version.
 */
export function splitJarName(stem: string): JarFileName | undefined {
  const parts = stem.split('-');
  let from = parts.findLastIndex((part) => /^\d/.test(part));
  if (from < 1) return undefined;
  let to = from;
  while (from > 1 && numeric.test(parts[from - 1] ?? '')) from -= 1;
  while (to + 1 < parts.length && qualifier.test(parts[to + 1] ?? '')) to += 1;
  const artifact = parts.slice(0, from).join('-');
  const version = parts.slice(from, to + 1).join('-');
  return isArtifact(artifact) && isVersion(version) ? { artifact, version } : undefined;
}

/** True for what Maven takes as an artifactId. */
export const isArtifact = (text: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(text);

/** True for a version that begins with a digit, as nearly all published ones do. */
export const isVersion = (text: string): boolean => /^\d[A-Za-z0-9_.+-]*$/.test(text);
