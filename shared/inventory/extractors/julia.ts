import { UnreadableEvidence } from '../errors.ts';
import { packageDrafts, qualifiersOf } from './drafts.ts';
import type { Extractor } from './extractor.ts';

const inDepot = /(?:^|\/)packages\/(\w+)\/[A-Za-z0-9]{4,5}\/(?:Julia)?Project\.toml$/;
const standard = /(?:^|\/)julia\/stdlib\/v[\d.]+\/(\w+)\/Project\.toml$/;
const beginning = 1 << 16;

/**
 * Julia packages in a depot (`packages/<name>/<hash>/Project.toml`) and the standard library, whose `_jll` packages bring OpenSSL, curl and others
 * (Pkg manual, "Project.toml"). Manifests say what an environment asks for, not what is there, and are not read.
 */
export const julia: Extractor = {
  name: 'julia',
  version: 1,
  concerns: { endings: ['Project.toml'] },
  wants({ path, base, size }) {
    if (size === 0 || !base.endsWith('Project.toml')) return undefined;
    return inDepot.test(path) || standard.test(path) ? 'content' : undefined;
  },
  read(file) {
    const fields = fieldsOf(file.bytes.toString('utf8', 0, beginning));
    const name = fields.get('name');
    const version = fields.get('version');
    const isStandard = standard.test(file.path);
    const folder = (standard.exec(file.path) ?? inDepot.exec(file.path))?.[1];
    if (name === undefined || name !== folder)
      throw new UnreadableEvidence(file.path, 'a Julia package that is not of the name of its folder');
    // what has no version there is a part of Julia itself
    if (version === undefined && isStandard) return [];
    if (version === undefined)
      return [{ kind: 'trouble', code: 'unknown-version', text: 'a Julia package without a version' }];
    return packageDrafts([{ type: 'julia', name, version, ...qualifiersOf({ uuid: fields.get('uuid') }) }]);
  },
};

/** Texts of the outermost level, which ends at the first table. */
function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('[')) break;
    const match = /^(name|uuid|version)[ \t]*=[ \t]*(["'])([^"']{1,300})\2/.exec(line);
    if (match?.[1] !== undefined && match[3] !== undefined && !fields.has(match[1])) fields.set(match[1], match[3]);
  }
  return fields;
}
