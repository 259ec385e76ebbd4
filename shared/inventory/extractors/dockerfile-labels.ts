import type { Extractor } from './extractor.ts';

const kept: ReadonlySet<string> = new Set(['cpe', 'name']);
const mostLabels = 20;

/**
 * The labels that say of which product a Red Hat image is, from the Dockerfiles that its bases left in `root/buildinfo` (`Dockerfile-ubi9-9.4-1214`): those of
 * a base are overwritten in the config of what is built on it. One `<label>=<value>` for each line.
 */
export const dockerfileLabels: Extractor = {
  name: 'dockerfile-labels',
  version: 1,
  concerns: { folders: ['root/buildinfo'] },
  wants({ path, size }) {
    return size > 0 && size <= 1 << 20 && dockerfile.test(path) ? 'content' : undefined;
  },
  read({ bytes }) {
    const instructions = bytes
      .toString('utf8')
      .replace(/\\\r?\n/g, ' ')
      .split('\n');
    const labels = instructions.flatMap((line) => labelsOf(/^\s*LABEL\s+(.*)$/i.exec(line)?.[1] ?? ''));
    return [{ kind: 'release', text: labels.slice(0, mostLabels).join('\n') }];
  },
};

/** Where they lie. */
export const dockerfile = /^root\/buildinfo\/Dockerfile-[^/]+$/;

function labelsOf(text: string): string[] {
  const labels: string[] = [];
  for (const [, name = '', quoted, plain] of text.matchAll(
    /"?([\w.-]{1,100})"?\s{0,20}=\s{0,20}(?:"([^"]{0,300})"|(\S{1,300}))/g,
  )) {
    const value = quoted ?? plain ?? '';
    if (kept.has(name) && /^[\w.:/~-]{1,200}$/.test(value)) labels.push(`${name}=${value}`);
  }
  return labels;
}
