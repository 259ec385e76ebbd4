import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dotnetBundle } from '../../../shared/inventory/extractors/dotnet-bundle.ts';
import { bundle } from './bundle-builder.ts';
import { macProgram, windowsProgram } from './foreign-builder.ts';
import { factsOf, inventoryOf, layerOf, named } from './images.ts';

const libraries = {
  'Shop/1.0.0': { type: 'project' },
  'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.4': { type: 'runtimepack' },
  'Newtonsoft.Json/13.0.1': { type: 'package', serviceable: true, sha512: 'sha512-{"}"}' },
  'Microsoft.SourceLink.GitHub/8.0.0': { type: 'package' },
};
const target = {
  'Shop/1.0.0': { runtime: { 'Shop.dll': {} } },
  'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.4': { runtime: { 'System.Private.CoreLib.dll': {} } },
  'Newtonsoft.Json/13.0.1': { runtime: { 'lib/net6.0/Newtonsoft.Json.dll': {} } },
  'Microsoft.SourceLink.GitHub/8.0.0': {},
};
const whole = bundle({ libraries, target, before: Buffer.alloc(5000, 0x4d) });
const read = (content: Buffer) => inventoryOf({ 'app/shop': { content, mode: 0o755 } });
const reasons = async (content: Buffer): Promise<string> =>
  (await read(content)).coverage.reasons.map(({ text }) => text).join('\n');

describe('.NET applications in one file', () => {
  it('given the list inside, then what brings files is a package, the runtime too, and the application itself is none', async () => {
    const { packages, coverage } = await read(whole);
    expect(packages.map(({ purl, path }) => [purl, path])).toEqual([
      ['pkg:nuget/Microsoft.NETCore.App.Runtime.linux-x64@8.0.4', 'app/shop'],
      ['pkg:nuget/Newtonsoft.Json@13.0.1', 'app/shop'],
    ]);
    expect(coverage.reasons.map(({ code }) => code)).toEqual([]);
  });

  it.each([
    ['Windows', (data: Buffer) => windowsProgram({ data, isOfGo: false })],
    ['macOS', (data: Buffer) => macProgram({ data, isOfGo: false })],
  ])('given one for %s, then the same', async (_, host) => {
    expect(named(await read(bundle({ libraries, target, host })))).toContain('Newtonsoft.Json@13.0.1');
  });

  it('given a bundle larger than any program that is held, then it is read as it passes', async () => {
    const content = bundle({ libraries, target, before: Buffer.alloc(300_000, 0x4d) });
    const limits = { maxExecutableBytes: 65_536 };
    const { evidence } = await factsOf(layerOf({ 'app/shop': { content, mode: 0o755 } }), limits);
    expect(evidence.map(({ kind }) => kind)).toEqual(['packages']);
  });

  it('given a host that nothing was put into, then it says nothing', async () => {
    const host = bundle({ libraries, isFilled: false });
    expect((await read(host)).packages).toEqual([]);
    expect(await reasons(host)).not.toContain('.NET');
    // with something else behind it
    expect(await reasons(Buffer.concat([host, Buffer.alloc(3000)]))).not.toContain('.NET');
  });

  it('given a bundle without a list, or with one that has no end, then that is told', async () => {
    expect(await reasons(bundle({ before: Buffer.alloc(5000, 0x4d) }))).toContain(
      'app/shop: a .NET application in one file without a list of its packages',
    );
    const cut = whole.subarray(0, whole.indexOf('Microsoft.SourceLink'));
    expect(await reasons(cut)).toContain('whose list of packages has no end');
  });

  it('given a list without the mark, then it is none: other programs speak of such lists', async () => {
    const content = Buffer.from(whole);
    const at = content.indexOf(Buffer.from('8b1202b9', 'hex'));
    content.fill(0, at, at + 4);
    expect((await read(content)).packages).toEqual([]);
  });

  it('given chunks of any size, then the same is found', () => {
    const expected = readIn([whole.length]);
    expect(expected).toHaveLength(1);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        expect(readIn(sizes)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});

function readIn(sizes: readonly number[]) {
  const reading = dotnetBundle.begin({
    path: 'app/shop',
    base: 'shop',
    size: whole.length,
    mode: 0o755,
    program: 'elf',
    head: whole.subarray(0, 4096),
  });
  for (let at = 0, turn = 0; at < whole.length; turn += 1) {
    const end = at + (sizes[turn % sizes.length] ?? 1);
    reading?.data?.(whole.subarray(at, end));
    at = end;
  }
  return reading?.end(undefined);
}
