import { UnreadableEvidence } from '../errors.ts';
import type { EvidenceDraft, FoundPackage } from '../layer-facts.ts';
import { below, cleanPath, folderOf } from '../path.ts';
import { sift } from './drafts.ts';
import type { EvidenceFile, Extractor } from './extractor.ts';
import { inFixture } from './fixture.ts';
import { isRecord, jsonOf } from './json.ts';
import { ownedPaths } from './owned-paths.ts';

const framework = /(?:^|\/)shared\/([^/]+)\/([^/]+)\/\1\.deps\.json$/;
// the groups of files that the host loads; `compile` and `dependencies` bring nothing into the image
const groups = ['runtime', 'native', 'resources', 'runtimeTargets'] as const;
/** enough to find one that trimming has left */
const mostNeeded = 16;

/**
 * What a .NET application is made of: `<application>.deps.json`, which the SDK writes when it publishes. A package counts when the runtime's
 * target gives it files: what only builds (SourceLink, analyzers, meta-packages) is listed there without any. And one of its files must be there:
 * the list of a library also names what others are to bring. Libraries of type `project` are the application itself and its own parts;
 * `runtimepack` is the runtime of a self-contained application. A shared framework (`shared/Microsoft.NETCore.App/8.0.4`) is the runtime package
 * that advisories name, in the version of its folder. The files of all libraries are theirs, so that assemblies are not read once more for themselves.
 */
export const dotnetDeps: Extractor = {
  name: 'dotnet-deps',
  version: 1,
  concerns: { endings: ['.deps.json'] },
  wants({ path, base, size }) {
    if (size === 0 || !base.endsWith('.deps.json')) return undefined;
    // reference packs hold what compilers look at; no file there runs
    return inFixture(path) || /(?:^|\/)packs\//.test(path) ? undefined : 'content';
  },
  read(file) {
    const folder = folderOf(file.path);
    const { listed, rid } = librariesOf(file);
    const claims: FoundPackage[] = [];
    const owned: EvidenceDraft[] = [];
    const shared = framework.exec(file.path);
    const runtime = shared === null ? undefined : runtimePackage(shared[1] ?? '', shared[2] ?? '', rid, listed);
    if (runtime !== undefined) claims.push(runtime);
    for (const { name, version, isPackage, files } of listed) {
      if (files !== undefined && files.length > 0)
        owned.push({
          kind: 'owned',
          system: 'nuget',
          home: folder,
          root: '',
          owner: runtime?.name ?? name,
          paths: ownedPaths(files),
        });
      if (runtime !== undefined || files?.length === 0 || !isPackage) continue;
      claims.push({
        type: 'nuget',
        name,
        version,
        ...(files === undefined ? {} : { needsAny: files.slice(0, mostNeeded).map(cleanPath) }),
      });
    }
    const { packages, troubles } = sift(claims);
    return [...(packages.length === 0 ? [] : [{ kind: 'packages' as const, packages }]), ...owned, ...troubles];
  },
};

/**
 * The packages of an application by a list that comes without a place, because its files are in the program itself. Throws UnreadableEvidence about `path` for what is no
 * such list.
 */
export function packagesOfList(file: Pick<EvidenceFile, 'path' | 'bytes'>): readonly FoundPackage[] {
  return librariesOf(file).listed.flatMap(({ name, version, isPackage, files }) =>
    isPackage && files?.length !== 0 ? [{ type: 'nuget', name, version }] : [],
  );
}

interface Library {
  readonly name: string;
  readonly version: string;
  /** no part of the application itself */
  readonly isPackage: boolean;
  /** where the host looks for its files; undefined when the list does not say */
  readonly files?: readonly string[];
}

function librariesOf(file: Pick<EvidenceFile, 'path' | 'bytes'>): {
  readonly listed: readonly Library[];
  readonly rid: string | undefined;
} {
  const json = jsonOf(file, 'deps.json');
  const libraries = isRecord(json) ? json.libraries : undefined;
  if (!isRecord(json) || !isRecord(libraries))
    throw new UnreadableEvidence(file.path, 'a deps.json without a list of libraries');
  const target = targetOf(json);
  const folder = folderOf(file.path);
  const listed: Library[] = [];
  for (const [id, library] of Object.entries(libraries)) {
    const slash = id.indexOf('/');
    if (slash <= 0 || !isRecord(library)) continue;
    listed.push({
      name: id.slice(0, slash).replace(/^runtimepack\./, ''),
      version: id.slice(slash + 1),
      isPackage: library.type === 'package' || library.type === 'runtimepack',
      ...(target.entries === undefined ? {} : { files: filesOf(target.entries[id], folder) }),
    });
  }
  return { listed, rid: target.rid };
}

interface Target {
  /** what each library brings, by `name/version`; undefined when the file does not say */
  readonly entries: Readonly<Record<string, unknown>> | undefined;
  /** linux-x64, ubuntu.22.04-x64 */
  readonly rid: string | undefined;
}

function targetOf({ runtimeTarget, targets }: Readonly<Record<string, unknown>>): Target {
  const name = isRecord(runtimeTarget) ? runtimeTarget.name : runtimeTarget;
  if (typeof name !== 'string') return { entries: undefined, rid: undefined };
  const entries = isRecord(targets) ? targets[name] : undefined;
  const rid = name.slice(name.indexOf('/') + 1);
  return { entries: isRecord(entries) ? entries : undefined, rid: rid === name || rid === '' ? undefined : rid };
}

/** Where the host looks for a library's files: beside the application, by the path of the package for one runtime, by culture for resources. */
function filesOf(entry: unknown, folder: string): string[] {
  if (!isRecord(entry)) return [];
  const files: string[] = [];
  for (const group of groups) {
    const listed = entry[group];
    if (!isRecord(listed)) continue;
    for (const [path, facts] of Object.entries(listed)) {
      const base = path.slice(path.lastIndexOf('/') + 1);
      // an empty file that says "nothing needed here"
      if (base === '_._') continue;
      const { locale, localPath } = isRecord(facts) ? facts : {};
      files.push(below(folder, base), below(folder, path));
      if (typeof locale === 'string') files.push(below(folder, `${locale}/${base}`));
      if (typeof localPath === 'string') files.push(below(folder, localPath));
    }
  }
  return files;
}

/**
 * The package that a shared framework was packed from: since .NET Core 3.0 `<framework>.Runtime.<rid>`. Builds of distributions name their own
 * platform (ubuntu.22.04-x64); advisories know only the portable one.
 */
function runtimePackage(
  name: string,
  version: string,
  rid: string | undefined,
  libraries: readonly Library[],
): FoundPackage | undefined {
  if (!/^\d+\.\d+/.test(version)) return undefined;
  if (/^[0-2]\./.test(version)) return { type: 'nuget', name, version };
  const packed = libraries.find((library) => library.name.startsWith(`${name}.Runtime.`));
  const platform = rid ?? packed?.name.slice(name.length + '.Runtime.'.length);
  if (platform === undefined) return { type: 'nuget', name, version };
  const architecture = platform.slice(platform.lastIndexOf('-') + 1);
  const portable = /^(?:alpine|linux-musl)/.test(platform) ? 'linux-musl' : 'linux';
  return { type: 'nuget', name: `${name}.Runtime.${portable}-${architecture}`, version };
}
