import { UnreadableEvidence } from '../errors.ts';
import { baseOf, folderOf } from '../path.ts';
import { licensesOf, packageDrafts } from './drafts.ts';
import type { Extractor } from './extractor.ts';

const longest = 1 << 20;

/**
 * Installed R packages: `<library>/<package>/DESCRIPTION` with a field `Built`, which only installation writes ("Writing R Extensions", section
 * 1.1.1), in a folder of the package's name; sources and templates have neither. From Bioconductor is what says so by `biocViews` or its
 * repository; all else goes by the name that CRAN's advisories use. The package `base` is of R itself, in its version.
 */
export const rPackage: Extractor = {
  name: 'r-package',
  version: 4,
  concerns: { names: ['DESCRIPTION'] },
  wants({ base, size }) {
    return base === 'DESCRIPTION' && size > 0 && size <= longest ? 'content' : undefined;
  },
  read(file) {
    const text = file.bytes.toString('utf8');
    const fields = fieldsOf(text);
    const name = fields.get('Package');
    const version = fields.get('Version');
    if (name === undefined || name !== baseOf(folderOf(file.path))) return [];
    if (!fields.has('Built')) {
      // R ends every line; `Built` is among the last fields, so a file that was cut has lost it
      if (text.endsWith('\n')) return [];
      throw new UnreadableEvidence(file.path, 'the description of an R package that ends in the middle of a line');
    }
    if (version === undefined) throw new UnreadableEvidence(file.path, 'an R package without a version');
    return packageDrafts([
      {
        type: isBioconductor(fields) ? 'bioconductor' : 'cran',
        name,
        version,
        ...licensesOf([fields.get('License')]),
      },
      ...(name === 'base' && fields.get('Priority') === 'base'
        ? [{ type: 'program' as const, name: 'r', version }]
        : []),
    ]);
  },
};

function isBioconductor(fields: ReadonlyMap<string, string>): boolean {
  const repository = fields.get('Repository');
  return repository === undefined ? fields.has('biocViews') : /^Bioconductor/i.test(repository);
}

const wanted = new Set(['Package', 'Version', 'License', 'Built', 'Repository', 'biocViews', 'Priority']);

/** Debian control form: a field per line, its continuation indented. */
function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string[]>();
  let open: string[] | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^[ \t]/.test(line)) {
      open?.push(line.trim());
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    open = wanted.has(name) && !fields.has(name) ? [line.slice(colon + 1).trim()] : undefined;
    if (open !== undefined) fields.set(name, open);
  }
  return new Map([...fields].map(([name, lines]) => [name, lines.join(' ').trim()]));
}
