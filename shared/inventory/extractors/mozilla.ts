import type { EvidenceDraft } from '../layer-facts.ts';
import { packageDrafts } from './drafts.ts';
import type { Extractor } from './extractor.ts';

const longest = 1 << 16;

/** Names that applications of Mozilla give themselves, and their products (classifiers/applications.ts). Whoever makes another one of the same source gives it a name of its own. */
const applications: Readonly<Record<string, string>> = { Firefox: 'firefox', Thunderbird: 'thunderbird' };

/**
 * Firefox and Thunderbird as their vendor's archives lay them out: the section `[App]` of `application.ini` beside the program says vendor, name and version (firefox-source-docs.mozilla.org,
 * toolkit/xre). The program itself tells nothing: what makes it up lies in a library, among the versions of hundreds of others.
 */
export const mozilla: Extractor = {
  name: 'mozilla',
  version: 1,
  concerns: { names: ['application.ini'] },
  wants({ base, size }) {
    return base === 'application.ini' && size > 0 && size <= longest ? 'content' : undefined;
  },
  read({ bytes }) {
    const fields = fieldsOfApp(bytes.toString('utf8'));
    const name = fields.get('Name') ?? '';
    if (fields.get('Vendor') !== 'Mozilla' || !Object.hasOwn(applications, name)) return [];
    return found(applications[name] ?? '', fields.get('Version') ?? '');
  },
};

function found(name: string, version: string): readonly EvidenceDraft[] {
  if (version === '')
    return [{ kind: 'trouble', code: 'unknown-version', text: `a ${name} that does not say its version` }];
  return packageDrafts([{ type: 'program', name, version }]);
}

/** The fields of the section `[App]`. */
function fieldsOfApp(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let isApp = false;
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('[')) isApp = line.trim() === '[App]';
    const equals = line.indexOf('=');
    const name = line.slice(0, Math.max(equals, 0)).trim();
    if (isApp && name !== '' && !fields.has(name)) fields.set(name, line.slice(equals + 1).trim());
  }
  return fields;
}
