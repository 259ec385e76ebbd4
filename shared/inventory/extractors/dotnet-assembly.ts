import type { FoundPackage } from '../layer-facts.ts';
import { packageDrafts } from './drafts.ts';
import type { Extractor } from './extractor.ts';
import { inFixture } from './fixture.ts';
import { type PortableExecutable, readPe } from './pe.ts';

const large = 16 * 2 ** 20;

/**
 * .NET assemblies that nothing lists: the version resource of a `.dll` or `.exe` with .NET code in it. They count only where no deps.json and no
 * package of the operating system names the file, which is decided when layers merge. The name of an assembly is nearly always the id of
 * its package (`Newtonsoft.Json.dll`, though its product is called Json.NET). Native Windows programs, which lie about in Linux images (setuptools'
 * launchers), are nobody's package there.
 */
export const dotnetAssembly: Extractor = {
  name: 'dotnet-assembly',
  version: 1,
  concerns: { endings: ['.dll', '.exe'] },
  wants({ path, base, size }) {
    if (size === 0 || !/\.(?:dll|exe)$/i.test(base) || /\.resources\.dll$/i.test(base) || inFixture(path))
      return undefined;
    // whole applications in one file, and Windows programs of any size, which only reading tells apart
    return size > large ? 'archive' : 'content';
  },
  read(file) {
    const pe = readPe(file.bytes);
    if (pe === undefined || !pe.isManaged) return [];
    const name = nameOf(pe, file.base);
    const version = versionOf(pe);
    if (version === undefined)
      return [
        {
          kind: 'trouble',
          code: 'unknown-version',
          text: 'a .NET assembly that no deps.json lists and that does not say the version of its package',
        },
      ];
    const found: FoundPackage = { type: 'nuget', name, version };
    return packageDrafts([found], { unlessOwned: true });
  },
};

function nameOf({ strings }: PortableExecutable, base: string): string {
  const stated = [strings.get('InternalName'), strings.get('OriginalFilename')].find(
    (text) => text !== undefined && /^[\w.-]+\.(?:dll|exe)$/i.test(text),
  );
  return (stated ?? base).replace(/\.(?:dll|exe)$/i, '');
}

const plainVersion = /^\d+(?:\.\d+){1,3}(?:-[0-9A-Za-z][0-9A-Za-z.-]*)?$/;
const dotnet = /^Microsoft(?:®|\(R\))? \.NET/;

/** The version of the package that an assembly came in; undefined when it is not written there. */
function versionOf({ strings }: PortableExecutable): string | undefined {
  const file = strings.get('FileVersion')?.split(/[\s+]/, 1)[0] ?? '';
  // `13.0.3+0a2e291c` and `4.6.24705.01. Commit Hash: …`: what follows is the build
  const product = strings.get('ProductVersion')?.split(/[\s+]|\.(?=\s)/, 1)[0] ?? '';
  if (dotnet.test(strings.get('ProductName') ?? '') && isOfRuntime(file, product)) return undefined;
  return [product, file].find((text) => plainVersion.test(text));
}

/** Before .NET 5 Microsoft's assemblies carried the version of the runtime (3.1.23) or a date (4.6.24705.01), their packages another one. */
function isOfRuntime(file: string, product: string): boolean {
  return file.split('.')[0] !== product.split('.')[0] || Number(product.split('.')[2]) >= 10_000;
}
