import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFacts, encodeFacts } from '#shared/inventory';
import { permittedBy } from '../../../shared/inventory/capabilities.ts';
import { ElfFile } from '../../../shared/inventory/elf/index.ts';
import { ExecutableSink } from '../../../shared/inventory/executable-sink.ts';
import { elfFile } from './elf-builder.ts';
import { factsOf, inventoryOf, layerOf } from './images.ts';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const program = {
  loader: '/lib64/ld-linux-x86-64.so.2',
  needed: [{ name: 'libc.so.6', versions: ['GLIBC_2.34'] }],
  buildId: Buffer.alloc(20, 0xab),
};

describe('executables of a layer', () => {
  it('given a library without x bit, then it counts; a text of that name and other files do not', async () => {
    const library = elfFile({ type: 3, soname: 'libz.so.1' });
    const { executables } = await inventoryOf({
      'usr/lib/libz.so.1.2.13': { content: library, mode: 0o644 },
      'usr/lib/libc.so': { content: '/* GNU ld script */\nGROUP ( libc.so.6 )', mode: 0o644 },
      'usr/lib/plugin.so': { content: '#!/bin/sh\n', mode: 0o644 },
      'usr/lib/notes.so.txt': { content: library, mode: 0o644 },
      'usr/lib/data.bin': { content: library, mode: 0o644 },
    });
    expect(executables).toMatchObject([{ path: 'usr/lib/libz.so.1.2.13', linkage: { soname: 'libz.so.1' } }]);
  });

  it('given a program with setuid bit and capabilities, then all that it is allowed and needs is in the inventory', async () => {
    // revision 2, effective: bits 13 and 21, and bit 39 in the upper word
    const attribute = Buffer.from('0100000200202000000000008000000000000000', 'hex');
    const content = elfFile(program);
    const { executables } = await inventoryOf({
      'usr/bin/ping': { content, mode: 0o4755, xattrs: { 'security.capability': attribute } },
      'usr/bin/tool': { content: '#!/usr/bin/env\tnode\r\n', mode: 0o755 },
    });
    expect(executables).toMatchObject([
      {
        path: 'usr/bin/ping',
        sha256: sha256(content),
        mode: 0o4755,
        capabilities: ['cap_net_raw', 'cap_sys_admin', 'cap_bpf'],
        linkage: { kind: 'dynamic', loader: '/lib64/ld-linux-x86-64.so.2', buildId: 'ab'.repeat(20) },
      },
      { path: 'usr/bin/tool', interpreter: '/usr/bin/env node' },
    ]);
    expect(executables[0]).not.toHaveProperty('interpreter');
    expect(executables[1]).not.toHaveProperty('linkage');
  });

  it('given facts with executables, then they are stored and read back as they were, what is common once', async () => {
    const tree = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [
        `usr/bin/tool${index}`,
        { content: elfFile({ ...program, code: index }), mode: 0o755 },
      ]),
    );
    const facts = await factsOf(
      layerOf({
        ...tree,
        'usr/lib/libx.so.1': { content: elfFile({ type: 3, soname: 'libx.so.1', defines: ['X_1'] }) },
      }),
    );
    expect(facts.executables).toHaveLength(41);
    expect(await decodeFacts(await encodeFacts(facts))).toEqual(facts);
  });
});

describe('what a sink makes of an executable', () => {
  const limit = 16_384;
  const kinds = {
    'in parts': { wanted: 'parts', size: 1_000 },
    'in parts, larger than what is held': { wanted: 'parts', size: 30_000 },
    whole: { wanted: 'whole', size: 9_000 },
    'whole, but larger than the limit': { wanted: 'whole', size: 40_000 },
  } as const;

  it.each(Object.entries(kinds))(
    'given one that is wanted %s, then it does not depend on how its bytes are cut',
    (_, kind) => {
      const bytes = elfFile({
        ...program,
        code: kind.size,
        data: Buffer.from('written'),
        sections: { '.x': Buffer.from('x') },
      });
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 30 }), (cuts) => {
          const { seen } = look(bytes, kind.wanted, cuts);
          expect(seen).toEqual(look(bytes, kind.wanted, [bytes.length]).seen);
          expect(seen.sha256).toBe(sha256(bytes));
          expect(seen.x).toBe('x');
          expect(seen.written).toBe('written');
        }),
        { numRuns: 100 },
      );
    },
  );

  it.each(['whole', 'parts'] as const)('given one that is wanted %s, then all of it is shown as it comes', (wanted) => {
    for (const bytes of [elfFile({ code: 100 }), elfFile({ code: 9_000 }), elfFile({ code: 40_000 })]) {
      const { calls, seen } = look(bytes, wanted, [1_000]);
      // the head comes together
      expect(calls).toBeGreaterThan(Math.floor((bytes.length - 4_096) / 1_000));
      expect(seen.shown).toBe(sha256(bytes));
    }
  });

  it('given chunks that are still looked at, then their memory is kept until the end of the file and not beyond', () => {
    const sink = new ExecutableSink(limit);
    const bytes = elfFile({ code: 9_000 });
    const [first, second] = [5_000, bytes.length - 5_000].map((size) => Buffer.alloc(size));
    if (first === undefined || second === undefined) throw new Error('no chunks');
    bytes.copy(first);
    bytes.copy(second, 0, 5_000);
    sink.start(bytes.length, true, { begin: () => 'whole', data: () => {}, end: () => {} });
    sink.data(first);
    sink.data(second);
    expect([sink.keeps(first.buffer), sink.keeps(second.buffer)]).toEqual([true, true]);
    sink.end();
    expect([sink.keeps(first.buffer), sink.keeps(second.buffer)]).toEqual([false, false]);
  });

  function look(bytes: Buffer, wanted: 'whole' | 'parts', cuts: readonly number[]) {
    const sink = new ExecutableSink(limit);
    const hash = createHash('sha256');
    let calls = 0;
    const seen = { sha256: '', shown: '', x: '', written: '' };
    sink.start(bytes.length, true, {
      begin: (_, head) => {
        expect(head.length).toBe(Math.min(bytes.length, 4096));
        return wanted;
      },
      data: (chunk) => {
        calls += 1;
        hash.update(chunk);
      },
      end: ({ sha256: found, file }) => {
        const elf = file instanceof ElfFile ? file : undefined;
        seen.sha256 = found ?? '';
        seen.x = elf?.section('.x')?.toString() ?? '';
        const [, segment] = elf?.segments ?? [];
        seen.written = elf?.bytes(segment?.offset ?? 0, 7)?.toString() ?? '';
      },
    });
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const end = Math.min(bytes.length, at + (cuts[turn % cuts.length] ?? 1));
      sink.data(bytes.subarray(at, end));
      at = end;
    }
    sink.end();
    seen.shown = hash.digest('hex');
    return { calls, seen };
  }
});

describe('file capabilities', () => {
  it.each([
    ['revision 1', '00000001' + '00200000' + '00000000', ['cap_net_raw']],
    [
      'revision 3 with a root id',
      '01000003' + '00040000' + '00000000' + '00000000' + '00000000' + 'e8030000',
      ['cap_net_bind_service'],
    ],
    ['a bit without a name', '00000002' + '00000000' + '00000000' + '00000080' + '00000000', ['cap_63']],
    ['no bit', `00000002${'00000000'.repeat(4)}`, undefined],
    ['another length', '00000002' + '00200000', undefined],
    ['an unknown revision', `00000009${'00200000'.repeat(4)}`, undefined],
  ])('given %s, then they are named', (_, hex, names) => {
    expect(permittedBy(Buffer.from(hex, 'hex'))).toEqual(names);
  });
});
