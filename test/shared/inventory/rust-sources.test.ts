import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { elfFile } from './elf-builder.ts';
import { factsOf, inventoryOf, layerOf, named, osRelease, stanza } from './images.ts';

const comment = Buffer.from('GCC: (Debian 12.2.0-14) 12.2.0\0rustc version 1.80.0 (051478957 2024-07-21)\0');
const home = '/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f';
/** As rustc leaves them: one behind the other, without an end of their own. */
const texts = Buffer.from(
  [
    'called `Option::unwrap()` on a `None` value',
    `${home}/smallvec-1.6.0/src/lib.rs`,
    `${home}/smallvec-1.6.0/src/arrayvec.rs`,
    `${home}/wasi-0.11.0+wasi-snapshot-preview1/src/lib.rs`,
    '/usr/local/cargo/registry/src/github.com-1ecc6299db9ec823/phf_shared-0.11.2/src/lib.rs',
    '/rust/deps/hashbrown-0.14.5/src/raw/mod.rs',
    '/root/.cargo/registry/src/crates.acme.example-0123456789abcdef/ours-1.0.0/src/lib.rs',
    '/root/.cargo/git/checkouts/fork-0123456789abcdef/abc1234/src/lib.rs',
    `${home}/no-version/src/lib.rs`,
    'src/main.rs',
  ].join(''),
);
const crates = ['phf_shared@0.11.2', 'smallvec@1.6.0', 'wasi@0.11.0+wasi-snapshot-preview1'];
const program = (sections: Readonly<Record<string, Buffer>> = {}): Buffer =>
  elfFile({ code: 70_000, sections: { '.rodata': texts, '.comment': comment, ...sections } });
const read = (content: Buffer, at = 'usr/local/bin/hello', more = {}) =>
  inventoryOf({ [at]: { content, mode: 0o755 }, ...more });
const told = ({ coverage }: Awaited<ReturnType<typeof read>>): string =>
  coverage.reasons.map(({ text }) => text).join('\n');

describe('Rust programs without the list of cargo-auditable', () => {
  it('given names of source files below the registry of crates.io, then their crates are packages, and that there may be others is told', async () => {
    const inventory = await read(program());
    expect(named(inventory, 'cargo')).toEqual(crates);
    expect(inventory.packages[1]).toMatchObject({
      key: { ecosystem: 'crates.io', name: 'smallvec', version: '1.6.0' },
      purl: 'pkg:cargo/smallvec@1.6.0',
      path: 'usr/local/bin/hello',
    });
    expect(told(inventory)).toContain('those that its messages of errors name are known');
  });

  it('given the list, then it is believed alone', async () => {
    const list = { packages: [{ name: 'itoa', version: '1.0.19', source: 'crates.io' }] };
    const inventory = await read(program({ '.dep-v0': deflateSync(JSON.stringify(list)) }));
    expect(named(inventory, 'cargo')).toEqual(['itoa@1.0.19']);
    expect(told(inventory)).toBe('');
  });

  it('given a program that rustc made no part of, then what it says of such folders is text', async () => {
    const inventory = await read(program({ '.comment': Buffer.from('GCC: (GNU) 12\0') }));
    expect(named(inventory, 'cargo')).toEqual([]);
    expect(told(inventory)).toContain('not recognised');
  });

  it('given a program of which only parts are held, then its texts are read as they pass, wherever chunks end', async () => {
    const content = Buffer.concat([program(), Buffer.alloc(17 * 2 ** 20)]);
    for (const lead of [0, 1, 2, 3]) {
      const shifted = { [`${'n'.repeat(lead)}/pad`]: Buffer.alloc(lead * 37), hello: { content, mode: 0o755 } };
      const { evidence } = await factsOf(layerOf(shifted));
      const found = evidence.flatMap((fact) => (fact.kind === 'packages' ? fact.packages : []));
      expect(found.map(({ name, version }) => `${name}@${version}`)).toEqual(crates);
    }
  });

  it('given a program that is known as a product, then its crates are listed beside it and no reason is given', async () => {
    const inventory = await read(
      program({ '.rodata': Buffer.concat([texts, Buffer.from('\0nginx version: nginx/1.25.3\n\0')]) }),
      'opt/nginx/sbin/nginx',
    );
    expect(named(inventory, 'program')).toEqual(['nginx@1.25.3']);
    expect(named(inventory, 'cargo')).toEqual(crates);
    expect(told(inventory)).not.toContain('Rust');
  });

  it("given an extension of a Python package or an OS package's library, then its crates are listed and no reason is given", async () => {
    const extension = await read(program(), 'usr/lib/python3/site-packages/cryptography/_rust.abi3.so');
    expect(named(extension, 'cargo')).toEqual(crates);
    expect(told(extension)).not.toContain('Rust');
    const owned = await read(program(), 'usr/bin/fd', {
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('fd-find', '8.6.0-3'),
      'var/lib/dpkg/info/fd-find.list': '/usr/bin/fd\n',
    });
    expect(told(owned)).toBe('');
    // a copy inside of it stays judged by its own advisories
    expect(named(owned, 'cargo')).toEqual(crates);
  });
});
