import { contentManifest } from '../content-sets.ts';
import { UnreadableEvidence } from '../errors.ts';
import type { Extractor } from './extractor.ts';
import { isRecord, jsonOf } from './json.ts';

const mostSets = 100;
const plausible = /^[\w.:/-]{1,200}$/;

/**
 * The repositories that a Red Hat image was built from: image content manifests, `root/buildinfo/content_manifests/*.json` (one for each image in its chain of bases), and
 * `usr/share/buildinfo/content-sets.json` of newer builds. Both list `content_sets`.
 */
export const contentSets: Extractor = {
  name: 'content-sets',
  version: 1,
  concerns: { folders: ['root/buildinfo/content_manifests', 'usr/share/buildinfo'] },
  wants({ path, base, size }) {
    return size > 0 && base.endsWith('.json') && contentManifest.test(path) ? 'content' : undefined;
  },
  read(file) {
    const said = jsonOf(file, 'content manifest');
    const listed = isRecord(said) ? said.content_sets : undefined;
    if (!Array.isArray(listed)) throw new UnreadableEvidence(file.path, 'a content manifest without content_sets');
    const sets = listed.filter((each) => typeof each === 'string' && plausible.test(each)).slice(0, mostSets);
    return [{ kind: 'release', text: sets.join('\n') }];
  },
};
