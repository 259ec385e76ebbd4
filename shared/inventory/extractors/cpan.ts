import { UnreadableEvidence } from '../errors.ts';
import { languageKey } from '../keys-of-packages.ts';
import type { EvidenceDraft, FoundPackage } from '../layer-facts.ts';
import { packageKeyId } from '../package-key.ts';
import { purlOf } from '../purl.ts';
import { packageDrafts, qualifiersOf, sift } from './drafts.ts';
import type { EvidenceFile, Extractor } from './extractor.ts';
import { isRecord, jsonOf } from './json.ts';

const record = /(?:^|\/)\.meta\/[^/]+\/install\.json$/;

/**
 * Perl distributions that were installed from CPAN. cpanm, cpm and Carton leave `.meta/<distribution>/install.json` for each (App::cpanminus); whatever is installed by `make install`, as CPAN.pm
 * does, is noted in `perllocal.pod` by its module (ExtUtils::Command::MM), whose distribution may have another name: that counts where nothing else speaks of it. What distributions package has
 * neither. Nobody's advisories of them are read here.
 */
export const cpan: Extractor = {
  name: 'cpan',
  version: 1,
  concerns: { names: ['install.json', 'perllocal.pod'] },
  wants({ path, base, size }) {
    if (size === 0) return undefined;
    return base.toLowerCase() === 'perllocal.pod' || record.test(path) ? 'content' : undefined;
  },
  read(file) {
    return record.test(file.path) ? installed(file) : noted(file.bytes.toString('utf8'));
  },
};

function installed(file: EvidenceFile): readonly EvidenceDraft[] {
  const said = jsonOf(file, 'record of an installed Perl distribution');
  const { dist, pathname } = isRecord(said) ? said : {};
  // `libwww-perl-6.72`, whose module is LWP; versions may begin with a v
  const [, name, version = ''] = (typeof dist === 'string' && /^(.{1,200})-(v?\d[\w.]{0,60})$/.exec(dist)) || [];
  if (name === undefined)
    throw new UnreadableEvidence(file.path, 'a record of an installed Perl distribution that does not say which');
  const author = typeof pathname === 'string' ? pathname.split('/')[2] : undefined;
  return packageDrafts([{ type: 'cpan', name, version, ...qualifiersOf({ author }) }]);
}

/** Entries, the oldest first: `=head2 <when>: C<Module> L<LWP|LWP>`, and a list in which `C<VERSION: 6.72>` stands. The last of a module counts. */
function noted(text: string): readonly EvidenceDraft[] {
  const last = new Map<string, FoundPackage>();
  let module: string | undefined;
  let isOpen = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('=back')) isOpen = false;
    if (line.startsWith('=head')) {
      isOpen = true;
      module = /: C<Module> L<([\w:]{1,200})\|/.exec(line)?.[1];
    }
    const version = module !== undefined && line.startsWith('C<VERSION:') && /^C<VERSION: ([^>\s]+)>/.exec(line)?.[1];
    if (module === undefined || !version) continue;
    const name = module.replaceAll('::', '-');
    last.set(name, { type: 'cpan', name, version });
  }
  const { packages, troubles } = sift([...last.values()]);
  if (isOpen)
    troubles.push({ kind: 'trouble', code: 'unreadable-evidence', text: 'this log of Perl modules ends in an entry' });
  if (packages.length === 0) return troubles;
  const billed = packages.map((found) => ({
    key: packageKeyId(languageKey(found)),
    purl: purlOf(found, undefined),
    type: 'cpan',
  }));
  return [{ kind: 'bill', form: 'perllocal.pod', packages: billed }, ...troubles];
}
