import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damage } from './damage.ts';
import { elfFile } from './elf-builder.ts';
import { factsOf, inventoryOf, layerOf, named } from './images.ts';

/** As cargo-auditable 0.7 writes it for a program of two crates and one that only its build needs. */
const crates = {
  packages: [
    { name: 'autocfg', version: '1.5.1', source: 'crates.io', kind: 'build' },
    { name: 'hello', version: '0.3.1', source: 'local', dependencies: [0, 2, 3], root: true },
    { name: 'itoa', version: '1.0.19', source: 'crates.io' },
    { name: 'smallvec', version: '1.6.0', source: 'git', kind: 'runtime' },
  ],
  format: 1,
};
const program = (section: Buffer): Buffer => elfFile({ loader: '/lib64/ld.so', sections: { '.dep-v0': section } });
const packed = (value: unknown): Buffer => deflateSync(JSON.stringify(value));
const read = (content: Buffer) => inventoryOf({ 'usr/local/bin/hello': { content, mode: 0o755 } });

describe('Rust programs built with cargo-auditable', () => {
  it("given the list of crates, then the program itself and those that are linked are packages; the build's are none", async () => {
    const { packages, coverage } = await read(program(packed(crates)));
    expect(packages).toMatchObject([
      { key: { name: 'hello', version: '0.3.1' }, purl: 'pkg:cargo/hello@0.3.1' },
      { key: { ecosystem: 'crates.io', name: 'itoa', version: '1.0.19' }, purl: 'pkg:cargo/itoa@1.0.19' },
      { key: { name: 'smallvec', version: '1.6.0' }, path: 'usr/local/bin/hello' },
    ]);
    expect(coverage.reasons.map(({ code }) => code)).toEqual([]);
  });

  it('given a program without it, then it is one that nothing recognises', async () => {
    const { packages, coverage } = await read(elfFile());
    expect(packages).toEqual([]);
    expect(coverage.reasons.map(({ text }) => text).join()).toContain('not recognised');
  });

  it.each([
    ['no zlib', Buffer.from('crates'), 'cannot be unpacked'],
    ['a bomb', deflateSync(Buffer.alloc(20 * 2 ** 20)), 'cannot be unpacked'],
    ['no JSON', deflateSync('crates'), 'no JSON'],
    ['another form', packed({ packages: {} }), 'another form'],
    ['too many', packed({ packages: Array.from({ length: 20_001 }, () => crates.packages[2]) }), 'another form'],
  ])('given %s in the section, then that is said of the file', async (_, section, text) => {
    const { coverage } = await read(program(section));
    expect(coverage.reasons).toContainEqual(
      expect.objectContaining({
        code: 'unreadable-evidence',
        path: 'usr/local/bin/hello',
        text: expect.stringContaining(text),
      }),
    );
  });

  it('given a program of which only parts are held, then the section behind what is mapped is among them', async () => {
    const content = elfFile({
      code: 60_000,
      data: Buffer.alloc(9_000),
      sections: { '.dep-v0': packed(crates), '.symtab': Buffer.alloc(30_000) },
    });
    const facts = await factsOf(layerOf({ hello: { content, mode: 0o755 } }), { maxExecutableBytes: 64 * 1024 });
    expect(facts.evidence).toMatchObject([
      { kind: 'packages', packages: [{ name: 'hello' }, { name: 'itoa' }, { name: 'smallvec' }] },
    ]);
  });

  it('given any damage, then it is read or reported, and what is kept is plain text', async () => {
    await fc.assert(
      fc.asyncProperty(damage(program(packed(crates))), async (content) => {
        const { evidence } = await factsOf(layerOf({ hello: { content, mode: 0o755 } }));
        for (const fact of evidence) {
          if (fact.kind === 'trouble') expect(fact.text).toMatch(/^\P{C}{10,300}$/u);
          else if (fact.kind === 'packages')
            for (const { name, version } of fact.packages) expect(`${name}@${version}`).toMatch(/^[\w.+@-]{3,400}$/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('given names that are none, then they are reported', async () => {
    const section = packed({ packages: [{ name: '../x', version: '1.0.0', source: 'crates.io' }, crates.packages[2]] });
    const inventory = await read(program(section));
    expect(named(inventory)).toEqual(['itoa@1.0.19']);
    expect(inventory.coverage.reasons.map(({ text }) => text).join()).toContain('cannot be a cargo package name');
  });
});
