import { describe, expect, test } from 'vitest';
import { decodeFacts, encodeFacts, type LayerFacts, readInventory } from '#shared/inventory';
import { buildImage, readImages } from '#shared/oci';
import { inventoryOf, layerOf, named, osRelease, stanza, type Tree } from './images.ts';
import { peOf } from './pe-builder.ts';

const json = (value: unknown): string => JSON.stringify(value);

/** What the SDK writes when an application is published for any platform. */
const appDeps = json({
  runtimeTarget: { name: '.NETCoreApp,Version=v8.0', signature: '' },
  compilationOptions: {},
  targets: {
    '.NETCoreApp,Version=v8.0': {
      'Shop/1.0.0': { dependencies: { 'Newtonsoft.Json': '13.0.1' }, runtime: { 'Shop.dll': {} } },
      'Newtonsoft.Json/13.0.1': {
        runtime: {
          'lib/netstandard2.0/Newtonsoft.Json.dll': { assemblyVersion: '13.0.0.0', fileVersion: '13.0.1.25517' },
        },
      },
      'Microsoft.SourceLink.GitHub/8.0.0': { dependencies: { 'Microsoft.Build.Tasks.Git': '8.0.0' } },
      'Humanizer.Core.de/2.14.1': { resources: { 'lib/net6.0/de/Humanizer.resources.dll': { locale: 'de' } } },
      'System.Data.SqlClient/4.8.5': {
        runtimeTargets: {
          'runtimes/unix/lib/netcoreapp2.1/System.Data.SqlClient.dll': { rid: 'unix', assetType: 'runtime' },
        },
      },
      'Trimmed.Away/1.2.3': { runtime: { 'lib/net8.0/Trimmed.Away.dll': {} } },
      'Placeholder/1.0.0': { runtime: { 'lib/netstandard1.0/_._': {} } },
    },
  },
  libraries: {
    'Shop/1.0.0': { type: 'project', serviceable: false, sha512: '' },
    'Newtonsoft.Json/13.0.1': {
      type: 'package',
      serviceable: true,
      sha512: 'sha512-x',
      path: 'newtonsoft.json/13.0.1',
    },
    'Microsoft.SourceLink.GitHub/8.0.0': { type: 'package', serviceable: true, sha512: 'sha512-x' },
    'Humanizer.Core.de/2.14.1': { type: 'package', serviceable: true, sha512: 'sha512-x' },
    'System.Data.SqlClient/4.8.5': { type: 'package', serviceable: true, sha512: 'sha512-x' },
    'Trimmed.Away/1.2.3': { type: 'package', serviceable: true, sha512: 'sha512-x' },
    'Placeholder/1.0.0': { type: 'package', serviceable: true, sha512: 'sha512-x' },
  },
});
const newtonsoft = peOf({
  CompanyName: 'Newtonsoft',
  FileVersion: '13.0.1.25517',
  InternalName: 'Newtonsoft.Json.dll',
  OriginalFilename: 'Newtonsoft.Json.dll',
  ProductName: 'Json.NET',
  ProductVersion: '13.0.1+ae9fe44e1323e91bcbd185ca1a14099fba7c021f',
});
const app: Tree = {
  'app/Shop.deps.json': appDeps,
  'app/Shop.dll': peOf({ InternalName: 'Shop.dll', ProductVersion: '1.0.0', FileVersion: '1.0.0.0' }),
  'app/Newtonsoft.Json.dll': newtonsoft,
  'app/de/Humanizer.resources.dll': peOf({ FileVersion: '2.14.1.0' }),
  'app/runtimes/unix/lib/netcoreapp2.1/System.Data.SqlClient.dll': peOf({ FileVersion: '4.700.22.51706' }),
};

/** The list of a shared framework. */
function frameworkDeps(library: string, target: string): string {
  return json({
    runtimeTarget: { name: target, signature: '' },
    targets: {
      [target]: {
        [library]: {
          runtime: { 'runtimes/linux-x64/lib/net8.0/System.Text.Json.dll': { fileVersion: '8.0.324.11423' } },
          native: { 'runtimes/linux-x64/native/libcoreclr.so': { fileVersion: '0.0.0.0' } },
        },
      },
    },
    libraries: {
      [library]: { type: 'package', serviceable: true, sha512: 'sha512-x' },
      'XliffTasks/1.0.0-beta.20206.1': { type: 'package', serviceable: true, sha512: 'sha512-x' },
    },
  });
}

describe('.NET applications', () => {
  test('given a published application, then the packages whose files are there are found, and nothing twice', async () => {
    const inventory = await inventoryOf(app);
    expect(named(inventory)).toEqual([
      'Humanizer.Core.de@2.14.1',
      'Newtonsoft.Json@13.0.1',
      'System.Data.SqlClient@4.8.5',
    ]);
    expect(inventory.packages[1]).toMatchObject({
      type: 'nuget',
      key: { ecosystem: 'NuGet', name: 'Newtonsoft.Json', version: '13.0.1' },
      purl: 'pkg:nuget/Newtonsoft.Json@13.0.1',
      path: 'app/Shop.deps.json',
    });
    expect(inventory.coverage.reasons.map(({ code }) => code)).not.toContain('unknown-version');
  });

  test('given an upper layer that deletes an assembly, then its package is gone though the list still names it', async () => {
    const inventory = await inventoryOf(app, { 'app/Newtonsoft.Json.dll': null });
    expect(named(inventory)).toEqual(['Humanizer.Core.de@2.14.1', 'System.Data.SqlClient@4.8.5']);
  });

  test('given an upper layer that deletes the list, then the assemblies speak for themselves', async () => {
    const inventory = await inventoryOf(app, { 'app/Shop.deps.json': null });
    const [base] = inventory.layers;
    expect(inventory.packages.map(({ key, layer }) => [key.name, key.version, layer])).toEqual([
      ['Newtonsoft.Json', '13.0.1', base?.digest],
      ['Shop', '1.0.0', base?.digest],
      ['System.Data.SqlClient', '4.700.22.51706', base?.digest],
    ]);
  });

  test('given a self-contained application, then its runtime is a package', async () => {
    const target = '.NETCoreApp,Version=v6.0/linux-x64';
    const id = 'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/6.0.5';
    const inventory = await inventoryOf({
      'app/Tool.deps.json': json({
        runtimeTarget: { name: target },
        targets: { [target]: { [id]: { native: { 'libcoreclr.so': {} } } } },
        libraries: { [id]: { type: 'runtimepack', serviceable: false, sha512: '' } },
      }),
      'app/libcoreclr.so': { content: '\x7fELFx', mode: 0o755 },
    });
    expect(named(inventory)).toEqual(['Microsoft.NETCore.App.Runtime.linux-x64@6.0.5']);
    expect(inventory.executables).toMatchObject([{ owner: 'nuget:Microsoft.NETCore.App.Runtime.linux-x64' }]);
  });

  test.each([
    [
      '8.0.3',
      'Microsoft.NETCore.App.Runtime.linux-x64/8.0.3',
      '.NETCoreApp,Version=v8.0/linux-x64',
      'Runtime.linux-x64',
    ],
    [
      '8.0.3',
      'Microsoft.NETCore.App.Runtime.x/8.0.3',
      '.NETCoreApp,Version=v8.0/ubuntu.22.04-x64',
      'Runtime.linux-x64',
    ],
    [
      '9.0.0',
      'Microsoft.NETCore.App.Runtime.x/9.0.0',
      '.NETCoreApp,Version=v9.0/linux-musl-arm64',
      'Runtime.linux-musl-arm64',
    ],
    [
      '8.0.3',
      'Microsoft.NETCore.App.Runtime.alpine.3.19-x64/8.0.3',
      '.NETCoreApp,Version=v8.0',
      'Runtime.linux-musl-x64',
    ],
    [
      '3.1.23',
      'runtime.linux-x64.Microsoft.NETCore.App/3.1.23-servicing.22122.4',
      '.NETCoreApp,Version=v3.1/linux-x64',
      'Runtime.linux-x64',
    ],
    ['2.1.30', 'Microsoft.NETCore.App/2.1.30', '.NETCoreApp,Version=v2.1/linux-x64', ''],
  ])(
    'given the shared framework %s of %s for %s, then it is the package that advisories name',
    async (version, library, target, suffix) => {
      const folder = `usr/share/dotnet/shared/Microsoft.NETCore.App/${version}`;
      const inventory = await inventoryOf({
        [`${folder}/Microsoft.NETCore.App.deps.json`]: frameworkDeps(library, target),
        [`${folder}/System.Text.Json.dll`]: peOf({
          ProductName: 'Microsoft® .NET',
          FileVersion: '8.0.324.11423',
          ProductVersion: version,
        }),
      });
      expect(named(inventory)).toEqual([`Microsoft.NETCore.App${suffix && `.${suffix}`}@${version}`]);
    },
  );

  test('given a runtime that the distribution packaged, then it is marked as its own', async () => {
    const folder = 'usr/lib/dotnet/shared/Microsoft.NETCore.App/8.0.3';
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.ubuntu2204,
      'var/lib/dpkg/status': stanza('dotnet-runtime-8.0', '8.0.3-0ubuntu1~22.04.2'),
      'var/lib/dpkg/info/dotnet-runtime-8.0.list': `/.\n/${folder}/Microsoft.NETCore.App.deps.json\n/${folder}/libcoreclr.so\n`,
      [`${folder}/Microsoft.NETCore.App.deps.json`]: frameworkDeps(
        'Microsoft.NETCore.App.Runtime.ubuntu.22.04-x64/8.0.3',
        '.NETCoreApp,Version=v8.0/ubuntu.22.04-x64',
      ),
      [`${folder}/libcoreclr.so`]: { content: '\x7fELFx', mode: 0o755 },
    });
    expect(inventory.packages.find(({ type }) => type === 'nuget')?.ownedBy).toBe('deb:dotnet-runtime-8.0');
    expect(inventory.executables).toMatchObject([{ owner: 'deb:dotnet-runtime-8.0' }]);
  });

  test('given reference packs and broken lists, then the first are no packages and the others are named', async () => {
    const inventory = await inventoryOf({
      'usr/share/dotnet/packs/A.Ref/8.0.0/data/A.deps.json': appDeps,
      'a/X.deps.json': '{"libraries":',
      'b/Y.deps.json': '{"libraries":[]}',
    });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons.filter(({ code }) => code === 'unreadable-evidence')).toEqual([
      { code: 'unreadable-evidence', path: 'a/X.deps.json', text: 'a/X.deps.json: this deps.json is no JSON' },
      {
        code: 'unreadable-evidence',
        path: 'b/Y.deps.json',
        text: 'b/Y.deps.json: a deps.json without a list of libraries',
      },
    ]);
  });

  test('given an image read as any other and its facts kept, then the second reading finds the same', async () => {
    const kept = new Map<string, Buffer>();
    const facts = {
      get: async (blob: string) => {
        const bytes = kept.get(blob);
        return bytes === undefined ? undefined : decodeFacts(bytes);
      },
      put: async (layer: LayerFacts) => void kept.set(layer.blob, await encodeFacts(layer)),
    };
    const { source } = buildImage({
      layers: [
        layerOf(app),
        layerOf({
          'x/log4net.dll': peOf({ FileVersion: '2.0.8.0' }),
          'e/conda-meta/a-1.0-0.json': '{"name":"a","version":"1.0","build":"0","files":["bin/a"]}',
          'e/bin/a': { content: '\x7fELFx', mode: 0o755 },
          'd/packages/HTTP/abcde/Project.toml': 'name = "HTTP"\nuuid = "0-1"\nversion = "1.0.0"\n',
        }),
      ],
    });
    const [image] = (await readImages(source)).images;
    const first = await readInventory({ image: image!, source, facts });
    const second = await readInventory({ image: image!, source, facts });
    expect(second).toMatchObject({ layersRead: 0, layersReused: 2 });
    expect(second.inventory).toEqual(first.inventory);
    expect(first.inventory.packages.map(({ purl }) => purl)).toEqual(
      expect.arrayContaining(['pkg:nuget/log4net@2.0.8.0', 'pkg:conda/a@1.0?build=0', 'pkg:julia/HTTP@1.0.0?uuid=0-1']),
    );
    expect(second.inventory.executables).toMatchObject([{ path: 'e/bin/a', owner: 'conda:a' }]);
  });
});

describe('.NET assemblies that nothing lists', () => {
  test.each([
    [
      '32 bit',
      { InternalName: 'log4net.dll', FileVersion: '2.0.8.0', ProductVersion: '2.0.8.0-.NET 2.0' },
      'log4net',
      '2.0.8.0',
    ],
    [
      'with a commit',
      { InternalName: 'Dapper.dll', FileVersion: '2.0.35.0', ProductVersion: '2.0.35+e87c4dd' },
      'Dapper',
      '2.0.35',
    ],
    ['without names', { FileVersion: '1.2.3.4' }, 'file', '1.2.3.4'],
    [
      'of .NET 8',
      {
        ProductName: 'Microsoft® .NET',
        InternalName: 'System.Text.Json.dll',
        FileVersion: '8.0.23.53103',
        ProductVersion: '8.0.0+5535e31',
      },
      'System.Text.Json',
      '8.0.0',
    ],
  ])('given one %s, then its own words are read', async (_, strings, name, version) => {
    for (const wide of [false, true]) {
      const inventory = await inventoryOf({ 'opt/tool/file.DLL': peOf(strings, { wide }) });
      expect(named(inventory)).toEqual([`${name}@${version}`]);
    }
  });

  test('given assemblies that do not tell the version of their package, then they are counted once as unknown', async () => {
    const old = { ProductName: 'Microsoft® .NET Core', ProductVersion: '3.1.4+abc', FileVersion: '4.700.20.20201' };
    const dated = {
      ProductName: 'Microsoft® .NET Framework',
      ProductVersion: '4.6.24705.01. Commit Hash: 4d1af962',
      FileVersion: '4.6.24705.01',
    };
    const inventory = await inventoryOf({
      'opt/a/System.Text.Json.dll': peOf({ ...old, InternalName: 'System.Text.Json.dll' }),
      'opt/a/System.Net.Http.dll': peOf({ ...dated, InternalName: 'System.Net.Http.dll' }),
      'opt/a/Mute.dll': peOf({}),
    });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons.filter(({ code }) => code === 'unknown-version')).toEqual([
      expect.objectContaining({ text: expect.stringMatching(/^opt\/a\/Mute\.dll and 2 more: a \.NET assembly/) }),
    ]);
  });

  test('given one of more than 32 MiB, then it is read like any other', async () => {
    const whole = Buffer.concat([
      peOf({ InternalName: 'Big.exe', ProductVersion: '1.2.3' }),
      Buffer.alloc(33 * 2 ** 20),
    ]);
    expect(named(await inventoryOf({ 'opt/a/Big.exe': whole }))).toEqual(['Big@1.2.3']);
  });

  test('given native programs, resources and files that only have the name, then they are nobody', async () => {
    const inventory = await inventoryOf({
      'usr/lib/python3/dist-packages/setuptools/cli-64.exe': peOf(
        { FileVersion: '1.0.0.0' },
        { managed: false, wide: true },
      ),
      'opt/a/de/A.resources.dll': peOf({ FileVersion: '1.0.0.0' }),
      'opt/a/text.dll': 'no program at all',
      'opt/a/short.exe': 'MZ',
      'opt/a/dos.exe': Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200)]),
    });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons.map(({ code }) => code)).toEqual(['unknown-distribution']);
  });
});
