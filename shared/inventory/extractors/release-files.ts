import type { Extractor } from './extractor.ts';

const names = new Set([
  'debian_version',
  'alpine-release',
  'redhat-release',
  'centos-release',
  'system-release',
  'lsb-release',
]);

/** Small files that name the distribution and its release. Which of them counts is decided at merge, when links are known. */
export const releaseFiles: Extractor = {
  name: 'release',
  version: 1,
  wants({ path, base, size }) {
    if (size === 0 || size > 65_536) return undefined;
    if (base.startsWith('os-release') || names.has(base)) return 'content';
    return base === 'repositories' && /(?:^|\/)etc\/apk\/repositories$/.test(path) ? 'content' : undefined;
  },
  read(file) {
    return [{ kind: 'release', text: file.bytes.toString('utf8', 0, 16_384) }];
  },
};
