import { apk } from './apk.ts';
import { asar } from './asar.ts';
import { bottlerocket } from './bottlerocket.ts';
import { cargoAuditable } from './cargo-auditable.ts';
import { chisel } from './chisel.ts';
import { composer } from './composer.ts';
import { conan } from './conan.ts';
import { conanCache } from './conan-cache.ts';
import { ConcernIndex } from './concern.ts';
import { conda } from './conda.ts';
import { contentSets } from './content-sets.ts';
import { cpan } from './cpan.ts';
import { dockerfileLabels } from './dockerfile-labels.ts';
import { dotnetAssembly } from './dotnet-assembly.ts';
import { dotnetBundle } from './dotnet-bundle.ts';
import { dotnetDeps } from './dotnet-deps.ts';
import { dpkg } from './dpkg.ts';
import { embeddedSbom } from './embedded-sbom.ts';
import { erlangApp } from './erlang-app.ts';
import type { ExecutableExtractor } from './executable-extractor.ts';
import { explodedJar } from './exploded-jar.ts';
import type { Extractor, FolderExtractor } from './extractor.ts';
import { gem } from './gem.ts';
import { goProgram } from './go/go-program.ts';
import { graalvmSbom } from './graalvm-sbom.ts';
import { homebrew } from './homebrew.ts';
import { jar } from './jar.ts';
import { julia } from './julia.ts';
import { jvmRelease } from './jvm-release.ts';
import { kernel } from './kernel.ts';
import { labBundle } from './lab-bundle.ts';
import { luarocks } from './luarocks.ts';
import { model } from './model.ts';
import { mozilla } from './mozilla.ts';
import { nixStore } from './nix-store.ts';
import { npm } from './npm.ts';
import { packageNote } from './package-note.ts';
import { packedProgram } from './packed-program.ts';
import { pacman } from './pacman.ts';
import { pear } from './pear.ts';
import { portage } from './portage.ts';
import { program } from './program.ts';
import { pub } from './pub.ts';
import { pypi } from './pypi.ts';
import { pythonArchive } from './python-archive.ts';
import { pythonRecord } from './python-record.ts';
import { rPackage } from './r-package.ts';
import { releaseFiles } from './release-files.ts';
import { rock } from './rock.ts';
import { rpm } from './rpm.ts';
import { rustSources } from './rust-sources.ts';
import { secret } from './secret.ts';
import { snap } from './snap.ts';
import { unsupported } from './unsupported.ts';
import { vcpkg } from './vcpkg.ts';
import { wordpress } from './wordpress.ts';
import { yarnCache } from './yarn-cache.ts';

export {
  type ExecutableExtractor,
  type ExecutableHeader,
  type ExecutableReading,
  mayRun,
  type Program,
} from './executable-extractor.ts';
export type { EvidenceFile, Extractor, FileHeader } from './extractor.ts';

/** Every kind of evidence that is read. The order does not matter; each file may be wanted by several. */
export const extractors: readonly Extractor[] = [
  apk,
  asar,
  chisel,
  composer,
  conda,
  contentSets,
  cpan,
  dockerfileLabels,
  dotnetAssembly,
  dotnetDeps,
  dpkg,
  embeddedSbom,
  erlangApp,
  explodedJar,
  gem,
  jar,
  julia,
  labBundle,
  luarocks,
  jvmRelease,
  npm,
  pacman,
  pear,
  pub,
  pypi,
  pythonArchive,
  pythonRecord,
  releaseFiles,
  rock,
  rpm,
  rPackage,
  unsupported,
  bottlerocket,
  conan,
  conanCache,
  homebrew,
  kernel,
  model,
  mozilla,
  portage,
  secret,
  snap,
  vcpkg,
  wordpress,
  yarnCache,
];

/** Which of them a file can concern: only those are asked whether they want it. */
export const concerned = new ConcernIndex(extractors);

/** Every kind of evidence that is a folder. */
export const folderExtractors: readonly FolderExtractor[] = [nixStore];

/** Every kind of evidence inside executables that is read. */
export const executableExtractors: readonly ExecutableExtractor[] = [
  cargoAuditable,
  dotnetBundle,
  goProgram,
  graalvmSbom,
  packageNote,
  packedProgram,
  program,
  rustSources,
];
