import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { BadElf, ElfFile, type FileBytes, linkageOf, wholeFile } from '../../../shared/inventory/elf/index.ts';
import { HeldFile } from '../../../shared/inventory/held-file.ts';
import { elfFile } from './elf-builder.ts';

const read = (bytes: Buffer) => linkageOf(new ElfFile(wholeFile(bytes)));

describe('an ELF file', () => {
  describe.each([
    { is64: true, isLittle: true },
    { is64: true, isLittle: false },
    { is64: false, isLittle: true },
    { is64: false, isLittle: false },
  ])('of $is64 64 bits, $isLittle little-endian', (form) => {
    it('given a program, then its loader, libraries, symbol versions and build id are read', () => {
      const bytes = elfFile({
        ...form,
        machine: 183,
        loader: '/lib/ld-linux-aarch64.so.1',
        needed: [
          { name: 'libssl.so.3', versions: ['OPENSSL_3.0.0'] },
          { name: 'libm.so.6' },
          { name: 'libc.so.6', versions: ['GLIBC_2.34', 'GLIBC_2.17'] },
        ],
        buildId: Buffer.from('00112233445566778899aabbccddeeff00112233', 'hex'),
      });
      expect(read(bytes)).toEqual({
        machine: 183,
        kind: 'dynamic',
        loader: '/lib/ld-linux-aarch64.so.1',
        needed: [
          { name: 'libssl.so.3', versions: ['OPENSSL_3.0.0'] },
          { name: 'libm.so.6', versions: [] },
          { name: 'libc.so.6', versions: ['GLIBC_2.17', 'GLIBC_2.34'] },
        ],
        defines: [],
        buildId: '00112233445566778899aabbccddeeff00112233',
      });
    });

    it('given a library, then its name and the versions that it defines are read, its own name left out', () => {
      const bytes = elfFile({ ...form, type: 3, soname: 'libself.so.1', defines: ['SELF_1.1', 'SELF_1.0'] });
      expect(read(bytes)).toMatchObject({ kind: 'library', soname: 'libself.so.1', defines: ['SELF_1.0', 'SELF_1.1'] });
    });

    it('given no dynamic section, then it is static; without sections it is read as well', () => {
      expect(read(elfFile({ ...form, hasSections: false }))).toEqual({
        machine: 62,
        kind: 'static',
        needed: [],
        defines: [],
      });
    });

    it('given a static position-independent program, then it is no library', () => {
      expect(read(elfFile({ ...form, type: 3, flags1: 0x0800_0000 })).kind).toBe('static');
    });

    it('given sections, then their content is found by name', () => {
      const elf = new ElfFile(wholeFile(elfFile({ ...form, sections: { '.dep-v0': Buffer.from('crates') } })));
      expect(elf.section('.dep-v0')?.toString()).toBe('crates');
      expect(elf.section('.dep-v1')).toBeUndefined();
    });
  });

  it('given a table of names that lies in several chunks, then they are read where they are, without joining it', () => {
    const bytes = elfFile({
      soname: 'libself.so.1',
      needed: [{ name: 'x'.repeat(300_000) }, { name: 'libc.so.6', versions: ['GLIBC_2.34'] }],
      defines: ['SELF_1'],
    });
    const held = new HeldFile();
    held.start(bytes.length, bytes.length);
    for (let at = 0; at < bytes.length; at += 1000) held.take(bytes.subarray(at, at + 1000));
    const joined = vi.spyOn(Buffer, 'concat');
    const found = linkageOf(new ElfFile(held));
    expect(Math.max(...joined.mock.calls.map(([, length]) => length ?? 0))).toBeLessThanOrEqual(1 << 16);
    expect(found).toEqual(read(bytes));
    expect(found).toMatchObject({
      soname: 'libself.so.1',
      needed: [
        { name: 'x'.repeat(256), versions: [] },
        { name: 'libc.so.6', versions: ['GLIBC_2.34'] },
      ],
      defines: ['SELF_1'],
    });
  });

  it('given a long table of names whose end is not held, then none of them is told', () => {
    const bytes = elfFile({ type: 3, needed: [{ name: 'libc.so.6' }, { name: 'x'.repeat(300_000) }] });
    const whole = wholeFile(bytes);
    const names = bytes.indexOf('xxx');
    const heldBut = (from: number, to: number): FileBytes => ({
      size: bytes.length,
      at: (offset, length) => (offset + length > from && offset < to ? undefined : whole.at(offset, length)),
    });
    const found = (file: FileBytes) => linkageOf(new ElfFile(file)).needed.map(({ name }) => name.slice(0, 9));
    expect(found(heldBut(names + 1000, names + 299_000))).toEqual(['libc.so.6', 'xxxxxxxxx']);
    expect(found(heldBut(names + 1000, names + 300_001))).toEqual([]);
  });

  it('given names with control characters, then they are shown as question marks', () => {
    expect(read(elfFile({ needed: [{ name: 'lib\u001b[31m.so' }] })).needed).toEqual([
      { name: 'lib?[31m.so', versions: [] },
    ]);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['four bytes', Buffer.from([0x7f, 0x45, 0x4c, 0x46])],
    ['an unknown class', Buffer.from(elfFile().fill(3, 4, 5))],
    ['an unknown byte order', Buffer.from(elfFile().fill(3, 5, 6))],
    ['segments outside of the file', Buffer.from(elfFile().fill(0xff, 32, 40))],
    ['the header alone', elfFile().subarray(0, 64)],
  ])('given %s, then the error has a name', (_, bytes) => {
    expect(() => read(bytes)).toThrow(BadElf);
  });

  it('given any damage, then it is read or refused by name, and bounded', () => {
    const original = elfFile({
      loader: '/lib64/ld-linux-x86-64.so.2',
      soname: 'libx.so',
      needed: [{ name: 'libc.so.6', versions: ['GLIBC_2.34', 'GLIBC_2.2.5'] }],
      defines: ['X_1'],
      buildId: Buffer.alloc(20, 7),
      sections: { '.x': Buffer.from('x') },
    });
    const change = fc.record({
      at: fc.nat(original.length - 1),
      bytes: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.constant(new Uint8Array(8).fill(0xff))),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(original.length), (changes, cut) => {
        const bytes = Buffer.from(original);
        for (const { at, bytes: other } of changes) bytes.set(other.subarray(0, bytes.length - at), at);
        try {
          const elf = new ElfFile(wholeFile(cut % 3 === 0 ? bytes.subarray(0, cut) : bytes));
          const { needed, defines } = linkageOf(elf);
          for (const { name, content } of elf.sections.map((s) => ({ name: s.name, content: elf.section(s.name) })))
            expect(name.length + (content?.length ?? 0)).toBeLessThanOrEqual(256 + bytes.length);
          expect(needed.length + defines.length).toBeLessThanOrEqual(2048);
        } catch (error) {
          expect(error).toBeInstanceOf(BadElf);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('given tables that point at themselves, then reading ends', () => {
    const bytes = elfFile({ needed: [{ name: 'libc.so.6', versions: ['GLIBC_2.34'] }] });
    // the distance to the next version becomes a step backwards of nothing
    for (let at = 0; at + 4 <= bytes.length; at += 4) if (bytes.readUInt32LE(at) === 16) bytes.writeUInt32LE(1, at);
    expect(() => read(bytes)).not.toThrow();
  });

  const libc = '/lib/x86_64-linux-gnu/libc.so.6';
  it.skipIf(!existsSync(libc))("given this machine's own libc, then it defines GLIBC_2.17 and needs its loader", () => {
    const found = read(readFileSync(libc));
    expect(found).toMatchObject({ kind: 'library', soname: 'libc.so.6', machine: 62 });
    expect(found.defines).toContain('GLIBC_2.17');
  });
});
