import { BadElf, ElfFile, segmentType, wholeFile, writable } from '../../elf/index.ts';
import type { EvidenceDraft, FoundPackage } from '../../layer-facts.ts';
import { sift } from '../drafts.ts';
import type { ExecutableExtractor } from '../executable-extractor.ts';
import { type BuildInfo, buildInfoOf } from './build-info.ts';
import { type GoModule, goBuildOf } from './modules.ts';
import { isPlaceholder, mainVersion, stdlibVersion } from './versions.ts';

/** Go's own programs, and single files, which may use the standard library alone */
const needsNoModule = /^(?:cmd(?:\/|$)|command-line-arguments$)/;

/** Said once for many programs: coverage counts equal texts. */
const texts = {
  noInfo:
    'a Go program without build information (Go before 1.13, or removed): which modules it is made of is not known',
  noModules: 'a Go program built without modules: which packages it is made of is not known',
  noMain: 'a Go program that does not say its own version: advisories for it cannot be found',
  noVersion: 'Go modules that were built from a folder and say no version: advisories for them cannot be found',
  noStdlib: 'a Go program built by an unreleased Go: advisories for the standard library cannot be found',
} as const;

/**
 * Go programs: the modules and the standard library that are linked into them, as their build information says (detection.md section 4,
 * traps 24 to 28). A library or program without the mark of Go is none.
 */
export const goProgram: ExecutableExtractor = {
  name: 'go',
  version: 2,
  wants: () => true,
  begin({ program, head }) {
    if (program !== 'elf') return undefined;
    return {
      needsWhole: mayPoint(head),
      end(elf) {
        if (elf === undefined || elf.type < 2 || elf.type > 3) return [];
        const isGo = hasGoNote(elf);
        const info = buildInfoOf(elf, isGo);
        if (info !== undefined) return draftsOf(info);
        return isGo ? [trouble(texts.noInfo)] : [];
      },
    };
  },
};

/** The packages that build information speaks of, and what it leaves open. */
function draftsOf(info: BuildInfo): EvidenceDraft[] {
  const build = goBuildOf(info.modules);
  const claims: FoundPackage[] = [];
  const troubles: EvidenceDraft[] = [];
  const stdlib = stdlibVersion(info.goVersion);
  if (stdlib === undefined) troubles.push(trouble(texts.noStdlib));
  else claims.push({ type: 'golang', name: 'stdlib', version: stdlib });
  if (build.main === undefined && build.dependencies.length === 0 && !needsNoModule.test(build.path))
    troubles.push(trouble(texts.noModules));
  const main = build.main ?? { path: build.path.replace(/\/cmd\/.*$/s, ''), version: '' };
  const version = mainVersion(build, main);
  if (version !== undefined) claims.push(packageOf(main.path, version));
  // nobody publishes advisories for a module that nobody can fetch (`app`)
  else if (build.main !== undefined && isPublic(main.path)) troubles.push(trouble(texts.noMain));
  const linked = build.dependencies.map(effective);
  for (const { path, version } of linked) if (!isPlaceholder(version)) claims.push(packageOf(path, version));
  if (linked.some(({ version }) => isPlaceholder(version))) troubles.push(trouble(texts.noVersion));
  const { packages, troubles: refused } = sift(claims);
  return [...(packages.length === 0 ? [] : [{ kind: 'packages' as const, packages }]), ...refused, ...troubles];
}

/** What is really linked: another module under this one's name, or this one from a folder, whose version it keeps (trap 25). */
function effective(module: GoModule): GoModule {
  const { replacement } = module;
  if (replacement === undefined || /^(?:\.{0,2}\/|[A-Za-z]:[\\/])/.test(replacement.path) || replacement.version === '')
    return module;
  return replacement;
}

function packageOf(path: string, version: string): FoundPackage {
  return { type: 'golang', name: path, version: version.replace(/^v(?=\d)/, '') };
}

function isPublic(path: string): boolean {
  return path.split('/', 1)[0]?.includes('.') ?? false;
}

/** Not said of what an OS package owns, which is judged with it. */
function trouble(text: string): EvidenceDraft {
  return { kind: 'trouble', code: 'unknown-version', text };
}

const goNote = Buffer.from('Go\0\0', 'latin1');
const longestNotes = 1 << 16;

function hasGoNote(elf: ElfFile): boolean {
  return elf.segments.some(
    ({ type, offset, size }) =>
      type === segmentType.NOTE && (elf.bytesUpTo(offset, Math.min(size, longestNotes))?.includes(goNote) ?? false),
  );
}

/** the section of build information before Go 1.18: two pointers behind the mark */
const pointerForm = 32;

/**
 * Whether build information may be pointers into the whole file. Go's own linker puts the table of sections right behind the header, and
 * build information at the start of what may be written: how long that section is tells the form without its name.
 */
function mayPoint(head: Buffer): boolean {
  if (!head.includes(goNote)) return false;
  try {
    const elf = new ElfFile(wholeFile(head));
    const start = elf.segments.find(({ type, flags }) => type === segmentType.LOAD && (flags & writable) !== 0);
    const info = elf.sections.find(({ offset, size }) => size > 0 && offset === start?.offset);
    return info === undefined || info.size === pointerForm;
  } catch (error) {
    if (error instanceof BadElf) return true;
    throw error;
  }
}
