import { isForBrowsers } from '../extractors/lab-bundle.ts';
import { isOsPackage } from '../keys-of-packages.ts';
import type { PackageType } from '../layer-facts.ts';
import { packageKeyId } from '../package-key.ts';
import { baseOf } from '../path.ts';
import type { ExecutableFile, InstalledPackage, InUse, Inventory } from '../types.ts';
import { neededFiles } from './needed-files.ts';
import { isLibrary, ProgramFinder } from './program-finder.ts';
import { isLoadedByRuntime, type Runtime, runtimeOf } from './runtimes.ts';
import { startedBy } from './started.ts';

/**
 * Which packages are used by what an image starts, by package key id: entrypoint and command, the programs that they name, the interpreters of those, the libraries that all of
 * them need, and the packages that own these files. The packages of an application that an interpreter may load are unknown, never "not seen"; so is everything where something
 * is started whose doings cannot be read (shells, supervisors). What a task or a pod starts instead of the image's own command is not known here. Pure.
 */
export function packagesInUse(
  inventory: Pick<Inventory, 'config' | 'executables' | 'programLinks' | 'packages'>,
): ReadonlyMap<string, InUse> {
  const usage = usageOf(inventory);
  const answers = new Map<string, InUse>();
  // a database may list one package many times
  const ofOwner = new Map<string, InUse>();
  for (const found of inventory.packages) {
    const id = packageKeyId(found.key);
    const known = answers.get(id);
    const owner = isOsPackage(found.type as PackageType) ? `${found.type}:${found.key.name}` : undefined;
    const here = owner === undefined ? ofApplication(found, usage) : (ofOwner.get(owner) ?? ofSystem(owner, usage));
    if (owner !== undefined) ofOwner.set(owner, here);
    // of several places the one that is used most speaks for all
    if (known === undefined || rank.indexOf(here.state) < rank.indexOf(known.state)) answers.set(id, here);
  }
  return answers;
}

const rank: readonly InUse['state'][] = ['yes', 'unknown', 'not seen'];

interface Usage {
  /** what is loaded, with what leads to it */
  readonly used: ReadonlyMap<string, string>;
  /** what a runtime may load */
  readonly loadable: ReadonlyMap<string, string>;
  /** why more may be used than is seen */
  readonly open: string | undefined;
  readonly runtimes: readonly { readonly runtime: Runtime; readonly chain: string }[];
  /** files of each owner, `deb:curl` */
  readonly owned: ReadonlyMap<string, readonly string[]>;
  /** owners that bring packages of a language, with their types */
  readonly brings: ReadonlyMap<string, readonly string[]>;
  readonly paths: ReadonlySet<string>;
  /** `nginx` */
  readonly starts: string;
}

function usageOf({
  config,
  executables,
  programLinks,
  packages,
}: Pick<Inventory, 'config' | 'executables' | 'programLinks' | 'packages'>): Usage {
  const finder = new ProgramFinder({
    executables,
    config,
    ...(programLinks === undefined ? {} : { programLinks }),
  });
  const words = [...config.entrypoint, ...config.command];
  const started = startedBy(words, finder);
  const needed = neededFiles(started.programs, finder);
  const runtimes = [...started.programs].flatMap(([file, chain]) => {
    const runtime = runtimeOf(baseOf(file.path));
    return runtime === undefined ? [] : [{ runtime, chain }];
  });
  const modules = new Map<ExecutableFile, string>();
  for (const { runtime, chain } of runtimes)
    for (const file of executables)
      if (isLibrary(file) && runtime.modules.test(file.path) && !needed.files.has(file))
        modules.set(file, `${chain} may load ${baseOf(file.path)}`);
  const owned = Map.groupBy(
    executables.filter(({ owner }) => owner !== undefined),
    ({ owner = '' }) => owner,
  );
  const brings = Map.groupBy(
    packages.filter(({ ownedBy }) => ownedBy !== undefined),
    ({ ownedBy = '' }) => ownedBy,
  );
  const open = started.open ?? (needed.missing === undefined ? undefined : `${needed.missing}, was not found`);
  return {
    used: byPath(needed.files),
    loadable: byPath(neededFiles(modules, finder).files),
    open,
    runtimes,
    owned: new Map([...owned].map(([owner, files]) => [owner, files.map(({ path }) => path)])),
    brings: new Map([...brings].map(([owner, found]) => [owner, [...new Set(found.map(({ type }) => type))]])),
    paths: new Set(executables.map(({ path }) => path)),
    starts: words[0] === undefined ? 'the image' : baseOf(words[0]).slice(0, 100),
  };
}

const byPath = (files: ReadonlyMap<ExecutableFile, string>): Map<string, string> =>
  new Map([...files].map(([{ path }, chain]) => [path, chain]));

function ofApplication(found: InstalledPackage, usage: Usage): InUse {
  const file = found.path.split('!/')[0] ?? found.path;
  // a program says itself what it is made of: Go, Rust, and what is recognised by its content
  if (usage.paths.has(file) && !isLoadedByRuntime(found.type)) return ofFiles([file, ...(found.alsoAt ?? [])], usage);
  if (found.type === 'npm' && isForBrowsers(file))
    return { state: 'unknown', why: 'browsers load it, and what they are given is not known' };
  return ofLanguage([found.type], found.key.name, usage);
}

function ofSystem(owner: string, usage: Usage): InUse {
  const files = usage.owned.get(owner) ?? [];
  const own = files.length === 0 ? undefined : ofFiles(files, usage);
  if (own !== undefined && own.state !== 'not seen') return own;
  const types = usage.brings.get(owner);
  if (types !== undefined) return ofLanguage(types, owner, usage);
  return (
    own ?? {
      state: 'unknown',
      why: 'it is not known to hold a program or a library, so nothing shows whether it is used',
    }
  );
}

function ofFiles(files: readonly string[], { used, loadable, open, starts }: Usage): InUse {
  const loaded = nearest(files, used);
  if (loaded !== undefined) return { state: 'yes', why: loaded };
  const perhaps = nearest(files, loadable);
  if (perhaps !== undefined) return { state: 'unknown', why: perhaps };
  if (open !== undefined) return { state: 'unknown', why: open };
  return { state: 'not seen', why: `nothing that ${starts} starts or needs is of it` };
}

/** The shortest of the ways that lead to one of some files. */
function nearest(files: readonly string[], ways: ReadonlyMap<string, string>): string | undefined {
  let shortest: string | undefined;
  for (const file of files) {
    const chain = ways.get(file);
    if (chain === undefined) continue;
    const way = `${chain} (${file})`;
    if (shortest === undefined || way.length < shortest.length) shortest = way;
  }
  return shortest;
}

function ofLanguage(types: readonly string[], name: string, { runtimes, open, starts }: Usage): InUse {
  const by = runtimes.find(({ runtime }) => runtime.loads.some((type) => types.includes(type)));
  if (by !== undefined) return { state: 'unknown', why: `${by.chain} may load ${name}` };
  if (open !== undefined) return { state: 'unknown', why: open };
  return types.every(isLoadedByRuntime)
    ? { state: 'not seen', why: `${starts} starts nothing that could load it` }
    : { state: 'unknown', why: 'what would load it is not known' };
}
