import type { Extractor } from './extractor.ts';

interface Recognised {
  readonly place: RegExp;
  readonly what: string;
}

// evidence whose readers are still to come: naming it keeps an image from looking clean
const recognised: readonly Recognised[] = [
  { place: /^(.*?\/?)var\/db\/pkg\/[^/]+\/[^/]+\/CONTENTS$/, what: 'a portage database' },
];

/** Package databases that are recognised and not read. */
export const unsupported: Extractor = {
  name: 'unsupported',
  version: 3,
  wants({ path, size }) {
    if (size === 0) return undefined;
    return recognised.some(({ place }) => place.test(path)) ? 'presence' : undefined;
  },
  read({ path }) {
    for (const { place, what } of recognised) {
      const prefix = place.exec(path)?.[1];
      if (prefix !== undefined) return [{ kind: 'unsupported', what, root: prefix.replace(/\/$/, ''), database: true }];
    }
    return [];
  },
};
