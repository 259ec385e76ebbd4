import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { extractors } from '#shared/inventory';
import { damage } from './damage.ts';
import { peOf } from './pe-builder.ts';
import { serialize } from './php-serialize.ts';

/** Evidence of languages in its real shape, by extractor and path. */
const samples: readonly (readonly [extractor: string, path: string, bytes: Buffer])[] = [
  [
    'gem',
    'g/specifications/rack-2.2.3.gemspec',
    Buffer.from(
      '# stub: rack 2.2.3 x86_64-linux lib\n\nGem::Specification.new do |s|\n  s.name = "rack".freeze\n  s.version = "2.2.3"\n  s.licenses = ["MIT".freeze]\nend\n',
    ),
  ],
  [
    'composer',
    'c/vendor/composer/installed.json',
    Buffer.from(
      '{"packages":[{"name":"acme/a","version":"v1.2.0","license":["MIT"]},{"name":"acme/b","version":"2.0"}],"dev":true}',
    ),
  ],
  [
    'pear',
    'r/.registry/tar.reg',
    Buffer.from(serialize({ name: 'Tar', channel: 'pecl.php.net', version: { release: '1.4.9' }, license: 'BSD' })),
  ],
  [
    'dotnet-deps',
    'd/App.deps.json',
    Buffer.from(
      '{"runtimeTarget":{"name":"t"},"targets":{"t":{"A.B/1.0.0":{"runtime":{"lib/A.B.dll":{}}}}},"libraries":{"A.B/1.0.0":{"type":"package"}}}',
    ),
  ],
  ['dotnet-assembly', 'd/A.dll', peOf({ InternalName: 'A.dll', FileVersion: '1.2.3.0', ProductVersion: '1.2.3+abc' })],
  [
    'conda',
    'e/conda-meta/a-1.0-0.json',
    Buffer.from('{"name":"a","version":"1.0","build":"0","channel":"main","files":["bin/a"],"license":"MIT"}'),
  ],
  [
    'r-package',
    'lib/R/library/a/DESCRIPTION',
    Buffer.from('Package: a\nVersion: 1.0-2\nLicense: GPL (>= 2)\nbiocViews: X\nBuilt: R 4.2.2; ; today; unix\n'),
  ],
  ['luarocks', 'luarocks/rocks-5.1/a/1.0-1/a-1.0-1.rockspec', Buffer.from('description = {\n  license = "MIT"\n}\n')],
  [
    'erlang-app',
    'l/ebin/a.app',
    Buffer.from('%% x\n{application,a,[{vsn,"1.0"},{modules,[\'A.b\']},{env,[{c,$"}]},{licenses,["MIT"]}]}.\n'),
  ],
  ['pub', 'c/hosted/pub.dev/a-1.0.0/pubspec.yaml', Buffer.from('name: a\nversion: "1.0.0" # x\ndependencies:\n')],
  ['julia', 'd/packages/A/abcde/Project.toml', Buffer.from('name = "A"\nuuid = "0-1"\nversion = "1.0.0"\n\n[deps]\n')],
  [
    'wordpress',
    'w/wp-content/plugins/a/a.php',
    Buffer.from('<?php\n/*\nPlugin Name: A\nVersion: 1.0\nLicense: GPL\n*/\n'),
  ],
];

const plain = /^[\x21-\x7e]+$/;

describe('damaged evidence of languages', () => {
  test.each(samples)(
    'given what %s reads with any damage, then it is read or refused by a text',
    (name, path, bytes) => {
      const extractor = extractors.find((one) => one.name === name);
      const base = path.slice(path.lastIndexOf('/') + 1);
      const read = (content: Buffer) =>
        extractor?.read({ path, base, size: content.length, mode: 0o644, bytes: content }) ?? [];
      expect(extractor?.wants({ path, base, size: bytes.length, mode: 0o644 })).toBe('content');
      expect(read(bytes).map(({ kind }) => kind)).toContain('packages');
      fc.assert(
        fc.property(damage(bytes), (content) => {
          let drafts: ReturnType<typeof read>;
          try {
            drafts = read(content);
          } catch (error) {
            // the path, what is wrong, and what to do; never a parser's own words
            expect(error).toMatchObject({ code: 'unreadable-evidence', about: path });
            return;
          }
          for (const draft of drafts) {
            if (draft.kind !== 'packages') continue;
            for (const { name: found, version, qualifiers } of draft.packages) {
              expect(found).toMatch(plain);
              expect(version).toMatch(plain);
              expect(`${found}${version}`).not.toMatch(/[<>"'`|&;\s]/);
              for (const value of Object.values(qualifiers ?? {})) expect(value).toMatch(plain);
            }
          }
        }),
        { numRuns: 400 },
      );
    },
  );
});
