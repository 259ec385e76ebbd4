import { ElfFile } from '../elf/index.ts';
import { UnreadableEvidence } from '../errors.ts';
import { osKey } from '../keys-of-packages.ts';
import type { EvidenceDraft, FoundPackage } from '../layer-facts.ts';
import { packageKeyId } from '../package-key.ts';
import { purlOf } from '../purl.ts';
import type { Distribution } from '../types.ts';
import { sift } from './drafts.ts';
import type { ExecutableExtractor } from './executable-extractor.ts';

/** The form of the bill that a note is. */
export const noteForm = 'ELF package note';

const section = '.note.package';
/** owner `FDO` and type of the note */
const noteType = 0xcafe1a7e;
const headerBytes = 16;
const longest = 16_384;
const types = ['deb', 'rpm', 'apk', 'alpm'] as const;

/**
 * What the linker wrote of the package that a program or library was built for: JSON in the note `.note.package` (systemd, "Package Metadata for Executable
 * Files"). It is a bill of one package, named by its source, which counts where no package manager of that kind is. The release is often not in it: the image's is
 * taken at merge.
 */
export const packageNote: ExecutableExtractor = {
  name: 'package-note',
  version: 1,
  wants: () => true,
  begin({ program }) {
    if (program !== 'elf') return undefined;
    return {
      end(file) {
        const text = file instanceof ElfFile ? textOf(file) : undefined;
        return text === undefined ? [] : draftsOf(fieldsOf(text));
      },
    };
  },
};

function textOf(elf: ElfFile): string | undefined {
  const place = elf.sectionNamed(section);
  if (place === undefined) return undefined;
  const bytes = place.size > longest ? undefined : elf.section(section);
  if (bytes === undefined) throw new UnreadableEvidence(section, `its package note (${section}) is cut or too long`);
  if (bytes.length < headerBytes || elf.words.word(bytes, 8) !== noteType) return undefined;
  if (bytes.toString('latin1', 12, headerBytes) !== 'FDO\0') return undefined;
  const said = bytes.subarray(headerBytes, headerBytes + elf.words.word(bytes, 4));
  const end = said.indexOf(0);
  return said.toString('utf8', 0, end < 0 ? said.length : end);
}

type Fields = (name: string) => string;

function fieldsOf(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UnreadableEvidence(section, `its package note (${section}) is no JSON`, { cause });
  }
  const fields = new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  return (name) => {
    const field = fields.get(name);
    return typeof field === 'string' ? field : '';
  };
}

function draftsOf(field: Fields): EvidenceDraft[] {
  const type = types.find((each) => each === field('type'));
  if (type === undefined) return [];
  const architecture = field('architecture');
  const claim: FoundPackage = {
    type,
    name: field('name'),
    version: field('version'),
    ...(/^[\w-]{1,40}$/.test(architecture) ? { architecture } : {}),
  };
  const { packages, troubles } = sift([claim]);
  const system = systemOf(field);
  const billed = packages.map((found) => ({
    key: packageKeyId(osKey(found, system)),
    purl: purlOf(found, system),
    type,
  }));
  return billed.length === 0 ? troubles : [{ kind: 'bill', form: noteForm, packages: billed }];
}

/** `os` and `osVersion`, or `osCpe`: `cpe:/o:fedoraproject:fedora:40`, `cpe:/o:redhat:enterprise_linux:10`. */
function systemOf(field: Fields): Distribution | undefined {
  const [, , , product = '', release = ''] = field('osCpe').split(':');
  const named = (field('os') || product.replace(/_linux$/, '')).toLowerCase();
  const id = named === 'enterprise' ? 'rhel' : named;
  const versionId = field('osVersion') || release;
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(id)) return undefined;
  return { id, versionId: /^\d[\w.]{0,30}$/.test(versionId) ? versionId : '' };
}
