import { apk } from './apk.ts';
import { composer } from './composer.ts';
import { dotnetAssembly } from './dotnet-assembly.ts';
import { dotnetDeps } from './dotnet-deps.ts';
import { dpkg } from './dpkg.ts';
import type { Extractor } from './extractor.ts';
import { gem } from './gem.ts';
import { jar } from './jar.ts';
import { npm } from './npm.ts';
import { pear } from './pear.ts';
import { pypi } from './pypi.ts';
import { releaseFiles } from './release-files.ts';
import { rpm } from './rpm.ts';
import { unsupported } from './unsupported.ts';

export type { EvidenceFile, Extractor, FileHeader } from './extractor.ts';

/** Every kind of evidence that is read. The order does not matter; each file may be wanted by several. */
export const extractors: readonly Extractor[] = [
  apk,
  composer,
  dotnetAssembly,
  dotnetDeps,
  dpkg,
  gem,
  jar,
  npm,
  pear,
  pypi,
  releaseFiles,
  rpm,
  unsupported,
];
