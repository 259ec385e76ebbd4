import type { Extractor } from './extractor.ts';

const names = new Set([
  'debian_version',
  'alpine-release',
  'redhat-release',
  'centos-release',
  'system-release',
  'oracle-release',
  'lsb-release',
]);

const places =
  /(?:^|\/)(?:etc\/apk\/repositories(?:\.d\/[^/]+\.list)?|etc\/apt\/sources\.list\.d\/ubuntu-esm-(?:infra|apps)\.(?:list|sources)|var\/lib\/ubuntu-advantage\/status\.json)$/;

/** Small files that name the distribution and its release. Which of them counts is decided at merge, when links are known. */
export const releaseFiles: Extractor = {
  name: 'release',
  version: 3,
  concerns: {
    names: [...names, 'repositories', 'status.json'],
    beginnings: ['os-release'],
    folders: ['etc/apk/repositories.d', 'etc/apt/sources.list.d'],
  },
  wants({ path, base, size }) {
    if (size === 0 || size > 65_536) return undefined;
    if (base.startsWith('os-release') || names.has(base)) return 'content';
    return places.test(path) ? 'content' : undefined;
  },
  read(file) {
    // the status of Ubuntu's Pro client is JSON, which is nothing when it is cut
    return [
      { kind: 'release', text: file.bytes.toString('utf8', 0, file.base === 'status.json' ? file.size : 16_384) },
    ];
  },
};
