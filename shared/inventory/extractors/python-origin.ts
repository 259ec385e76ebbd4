import type { FoundPackage } from '../layer-facts.ts';
import { qualifiersOf } from './drafts.ts';
import { isRecord } from './json.ts';

/**
 * Where a Python package came from when not from an index: `direct_url.json` (direct URL origin specification), as purls say it. A commit of a repository is `vcs_url`, an
 * archive or a folder `download_url`. Such a package may call itself by a name and a version of PyPI and be another. Names and passwords in addresses are left out. Undefined
 * for what is no such document.
 */
export function directOrigin(document: Buffer): Pick<FoundPackage, 'qualifiers'> | undefined {
  let said: unknown;
  try {
    said = JSON.parse(document.toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isRecord(said) || typeof said.url !== 'string') return undefined;
  const url = said.url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1');
  if (!isRecord(said.vcs_info)) return qualifiersOf({ download_url: url });
  const { vcs, commit_id: commit } = said.vcs_info;
  const at = typeof commit === 'string' ? `@${commit}` : '';
  return qualifiersOf({ vcs_url: `${typeof vcs === 'string' ? `${vcs}+` : ''}${url}${at}` });
}
