import { BadElf, ElfFile, segmentType, wholeFile, writable } from '../../elf/index.ts';
import type { EvidenceDraft, FoundPackage } from '../../layer-facts.ts';
import type { ProgramFile } from '../../program-files/index.ts';
import { packageDrafts } from '../drafts.ts';
import { type ExecutableExtractor, heldWhole } from '../executable-extractor.ts';
import { type BuildInfo, buildInfoOf } from './build-info.ts';
import { goNote } from './go-note.ts';
import { linkedPackages } from './linked-packages.ts';
import { linkedTexts } from './linked-texts.ts';
import { type GoModule, goBuildOf } from './modules.ts';
import { modulesOfSources } from './modules-of-sources.ts';
import { PassingTable } from './passing-table.ts';
import { endedByZero, sourceFilesOf } from './source-files.ts';
import { isPlaceholder, isVersionVariable, mainVersion, stdlibVersion } from './versions.ts';

/** Go's own programs, and single files, which may use the standard library alone */
const needsNoModule = /^(?:cmd(?:\/|$)|command-line-arguments$)/;

/** Said of a program whose build information does not tell its version. */
export const noOwnVersion = 'a Go program that does not say its own version: advisories for it cannot be found';

/** Said once for many programs: coverage counts equal texts. */
const texts = {
  noInfo:
    'a Go program without build information (Go before 1.13, or removed): which modules it is made of is not known',
  fromSources:
    'a Go program without build information: its modules are read from the names of its source files, its own version and what was built from folders is not known',
  noModules: 'a Go program built without modules: which packages it is made of is not known',
  noMain: noOwnVersion,
  noVersion: 'Go modules that were built from a folder and say no version: advisories for them cannot be found',
  noGo: 'a Go program that does not say which Go built it: advisories for the standard library cannot be found',
  noStdlib: 'a Go program built by an unreleased Go: advisories for the standard library cannot be found',
} as const;

/**
 * Go programs of Linux, Windows and macOS: the modules and the standard library that are linked into them, as their build information says
 * (detection.md section 4, traps 24 to 28). Where that was taken out, the names of their source files tell the modules. A library or program without
 * the mark of Go is none.
 */
export const goProgram: ExecutableExtractor = {
  name: 'go',
  version: 8,
  wants: () => true,
  begin({ program, head, size }) {
    if (typeof program !== 'string') return undefined;
    const passing = program === 'elf' && size > heldWhole && head.includes(goNote) ? passingTable(head) : undefined;
    return {
      ...(passing === undefined ? {} : { data: (chunk) => passing.data(chunk), skip: (bytes) => passing.skip(bytes) }),
      // which parts of Windows' and macOS' programs are needed is not known before their end; in a container they are few
      needsWhole: program !== 'elf' || mayPoint(head),
      end(file) {
        if (file === undefined || (file instanceof ElfFile && (file.type < 2 || file.type > 3))) return [];
        const isGo = isOfGo(file);
        const info = buildInfoOf(file, isGo);
        if (info === undefined && !isGo) return [];
        const sources = [...(sourceFilesOf(file) ?? endedByZero(passing?.paths ?? Buffer.alloc(0)))];
        return info === undefined ? withoutInfo(file, sources) : draftsOf(info, file, sources);
      },
    };
  },
};

/** What can be known of a program whose build information is missing. */
function withoutInfo(file: ProgramFile, sources: readonly string[]): EvidenceDraft[] {
  const { modules, goVersion: downloaded } = modulesOfSources(sources);
  const linked = linkedPackages(sources);
  const goVersion = linkedTextsOf(file, (name) => name === 'runtime.buildVersion').get('runtime.buildVersion');
  const stdlib = stdlibVersion(goVersion ?? downloaded ?? '');
  const claims: FoundPackage[] = [...modules].map(([path, version]) => packageOf(path, version, linked.of(path)));
  if (stdlib !== undefined) claims.push(packageOf('stdlib', stdlib, linked.of('stdlib')));
  return [
    ...packageDrafts(claims),
    trouble(modules.size > 0 ? texts.fromSources : texts.noInfo),
    ...(stdlib === undefined ? [trouble(texts.noGo)] : []),
  ];
}

const linkedTextsOf = (file: ProgramFile, isWanted: (name: string) => boolean): ReadonlyMap<string, string> =>
  file instanceof ElfFile ? linkedTexts(file, isWanted) : new Map();

function passingTable(head: Buffer): PassingTable | undefined {
  try {
    return new PassingTable(new ElfFile(wholeFile(head)));
  } catch (error) {
    if (error instanceof BadElf) return undefined;
    throw error;
  }
}

/** The packages that build information speaks of, and what it leaves open. */
function draftsOf(info: BuildInfo, file: ProgramFile, sources: readonly string[]): EvidenceDraft[] {
  const build = goBuildOf(info.modules);
  const linked = linkedPackages(sources);
  const claims: FoundPackage[] = [];
  const troubles: EvidenceDraft[] = [];
  const stdlib = stdlibVersion(info.goVersion);
  if (stdlib === undefined) troubles.push(trouble(texts.noStdlib));
  else claims.push(packageOf('stdlib', stdlib, linked.of('stdlib')));
  if (build.main === undefined && build.dependencies.length === 0 && !needsNoModule.test(build.path))
    troubles.push(trouble(texts.noModules));
  const main = build.main ?? { path: build.path.replace(/\/cmd\/.*$/s, ''), version: '' };
  const version = mainVersion(build, main, () => linkedTextsOf(file, (name) => isVersionVariable(name, main.path)));
  if (version !== undefined) claims.push(packageOf(main.path, version));
  // nobody publishes advisories for a module that nobody can fetch (`app`)
  else if (build.main !== undefined && isPublic(main.path)) troubles.push(trouble(texts.noMain));
  for (const module of build.dependencies) {
    const { path, version } = effective(module);
    if (isPlaceholder(version)) continue;
    // what a replacement brings is imported by the name of what it replaces
    claims.push(packageOf(path, version, path === module.path ? linked.of(path) : undefined));
  }
  if (build.dependencies.some((module) => isPlaceholder(effective(module).version)))
    troubles.push(trouble(texts.noVersion));
  return [...packageDrafts(claims), ...troubles];
}

/** What is really linked: another module under this one's name, or this one from a folder, whose version it keeps (trap 25). */
function effective(module: GoModule): GoModule {
  const { replacement } = module;
  if (replacement === undefined || /^(?:\.{0,2}\/|[A-Za-z]:[\\/])/.test(replacement.path) || replacement.version === '')
    return module;
  return replacement;
}

function packageOf(path: string, version: string, linked?: readonly string[]): FoundPackage {
  return {
    type: 'golang',
    name: path,
    version: version.replace(/^v(?=\d)/, ''),
    ...(linked === undefined ? {} : { linked }),
  };
}

function isPublic(path: string): boolean {
  return path.split('/', 1)[0]?.includes('.') ?? false;
}

/** Not said of what an OS package owns, which is judged with it. */
function trouble(text: string): EvidenceDraft {
  return { kind: 'trouble', code: 'unknown-version', text };
}

const longestNotes = 1 << 16;

/** what Go's linker writes before the code of programs that have no notes (cmd/internal/buildid) */
const buildId = Buffer.from('\xff Go build ID: "', 'latin1');
const idWithin = 32_768;

function isOfGo(file: ProgramFile): boolean {
  if (!(file instanceof ElfFile)) return file.bytesUpTo(0, idWithin)?.includes(buildId) ?? false;
  return hasGoNote(file);
}

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
