import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nameStem, products } from '../../../../shared/inventory/classifiers/index.ts';
import { ahead, widest } from '../../../../shared/inventory/classifiers/version-scan.ts';
import { zipEntries } from '../../advisories/versions/zip-entries.ts';

const bitnamiRecords = join(import.meta.dirname, '../../../../../shared/data/osv/Bitnami/all.zip');

describe('the table of products', () => {
  test('has 60 products and more, each once', () => {
    const ids = products.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(60);
  });

  test('names files as they are looked up', () => {
    for (const { id, classifiers } of products) {
      for (const { names } of classifiers) {
        expect(
          names.filter((name) => nameStem(name) !== name),
          id,
        ).toEqual([]);
        expect(new Set(names).size, id).toBe(names.length);
      }
    }
  });

  test('has identifiers that purls and CPEs can hold', () => {
    for (const { id, cpe } of products) {
      expect(id).toMatch(/^[a-z][a-z0-9+.-]*$/);
      expect(cpe).toMatch(/^[a-z0-9_.+-]+:[a-z0-9_.+/-]+$/);
    }
  });

  test('has marks that a scan can keep in sight, with a version to read', () => {
    for (const { id, classifiers } of products) {
      for (const { marks, proofs = [] } of classifiers) {
        expect(marks.length + proofs.length, id).toBeGreaterThan(0);
        for (const proof of proofs) expect(proof.length, id).toBeLessThan(widest);
        for (const { anchor, before = 0, expression, form, needsProof } of marks) {
          expect(anchor.length, id).toBeGreaterThan(0);
          expect(anchor.length, id).toBeLessThan(ahead / 2);
          expect(Buffer.from(anchor, 'latin1').toString('latin1'), id).toBe(anchor);
          expect(before, id).toBeLessThanOrEqual(widest);
          expect(expression.flags.replace('s', ''), id).toBe('');
          if (needsProof === true)
            expect(proofs.length > 0 || marks.some((mark) => mark.proves === true), id).toBe(true);
          const groups = form === undefined ? ['version'] : [...form.matchAll(/\$<(\w+)>/g)].map(([, name]) => name);
          for (const group of groups) expect(expression.source, id).toContain(`(?<${group}>`);
          // no repetition without an end: surroundings are short, and expressions on them stay cheap
          const plain = expression.source
            .replace(/\\0\+/g, '')
            .replace(/\\./g, 'x')
            .replace(/\[[^\]]*\]/g, 'x');
          expect(plain, id).not.toMatch(/[+*]|\{\d+,\}/);
        }
      }
    }
  });

  test.skipIf(!existsSync(bitnamiRecords))('names judges that have records', () => {
    const spoken = new Set<string>();
    for (const { text } of zipEntries(readFileSync(bitnamiRecords))) {
      const record = JSON.parse(text) as { affected: { package: { name: string } }[] };
      for (const { package: named } of record.affected) spoken.add(named.name);
    }
    const unheard = products.flatMap(({ judge }) =>
      judge.by === 'bitnami' && !spoken.has(judge.name) ? judge.name : [],
    );
    expect(unheard).toEqual([]);
  });
});

describe('file names', () => {
  test.each([
    ['python3.11', 'python'],
    ['python3.7m', 'python'],
    ['libpython3.7m.so.1.0', 'libpython.so'],
    ['libpython3.13t.so.1.0', 'libpython.so'],
    ['php-fpm8.2', 'php-fpm'],
    ['libphp8.2.so', 'libphp.so'],
    ['x86_64-linux-gnu-gcc-12', 'gcc'],
    ['aarch64-alpine-linux-musl-gcc', 'gcc'],
    ['libssl.so.1.1', 'libssl.so'],
    ['libcrypto-3e69114b.so.1.1.1k', 'libcrypto.so'],
    ['libstd-c6192dd4c4d410ac.so', 'libstd.so'],
    ['libz.so.1.3.1', 'libz.so'],
    ['libc-2.31.so', 'libc.so'],
    ['libc.musl-x86_64.so.1', 'libc.musl-x.so'],
    ['ld-musl-x86_64.so.1', 'ld-musl.so'],
    ['nginx', 'nginx'],
    ['beam.smp', 'beam.smp'],
    ['sqlite3', 'sqlite'],
    ['ghc-9.6.5', 'ghc'],
    ['[', '['],
  ])('%s is looked up as %s', (base, stem) => {
    expect(nameStem(base)).toBe(stem);
  });

  test('a name that is a number, or endless, is none', () => {
    expect(nameStem('7')).toBeUndefined();
    expect(nameStem('a'.repeat(81))).toBeUndefined();
    expect(nameStem('')).toBeUndefined();
  });
});
