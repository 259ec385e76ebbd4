import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UnreadableEvidence } from '#shared/inventory';
import { rpm } from '../../../shared/inventory/extractors/rpm.ts';
import { type RpmForm, rpmDatabase, rpmFileName } from './rpm-databases.ts';

function read(form: RpmForm, bytes: Buffer): ReturnType<typeof rpm.read> {
  const base = rpmFileName(form);
  return rpm.read({ path: `var/lib/rpm/${base}`, base, size: bytes.length, mode: 0o644, bytes });
}

/** What was read, or the one error that may come out. */
function outcome(
  form: RpmForm,
  bytes: Buffer,
): { readonly owned: number; readonly packages: number } | UnreadableEvidence {
  try {
    const drafts = read(form, bytes);
    return {
      packages: drafts.reduce((sum, draft) => sum + (draft.kind === 'packages' ? draft.packages.length : 0), 0),
      owned: drafts.reduce((sum, draft) => sum + (draft.kind === 'owned' ? draft.paths.length : 0), 0),
    };
  } catch (error) {
    if (error instanceof UnreadableEvidence) return error;
    throw error;
  }
}

const forms: readonly RpmForm[] = ['sqlite', 'littleEndian', 'bigEndian', 'largePages', 'ndb'];

describe.each(forms)('a damaged %s', (form) => {
  const whole = rpmDatabase(form);

  test('given any damage, then it is read as far as it goes, or refused by name', () => {
    // damage where the structure is: the first bytes of a page, or anywhere
    const place = fc.oneof(
      fc.nat(whole.length - 1),
      fc.tuple(fc.nat(Math.floor(whole.length / 4096)), fc.nat(63)).map(([page, at]) => page * 4096 + at),
    );
    const change = fc.record({
      at: place,
      with: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 8 }),
        fc.constant(Buffer.alloc(4, 0xff)),
        fc.constant(Buffer.alloc(4)),
      ),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), fc.nat(whole.length), (changes, length) => {
        const bytes = Buffer.from(whole.subarray(0, length % 3 === 0 ? length : whole.length));
        for (const { at, with: text } of changes)
          if (at < bytes.length) bytes.set(text.subarray(0, bytes.length - at), at);
        const result = outcome(form, bytes);
        if (result instanceof UnreadableEvidence) expect(result.message).toContain(rpmFileName(form));
        else {
          expect(result.packages).toBeLessThan(100);
          expect(result.owned).toBeLessThan(whole.length);
        }
      }),
      { numRuns: 150 },
    );
  });

  test.each([0, 1, 15, 16, 100, 511, 512, 4096])('given only its first %i bytes, then it is refused', (length) => {
    expect(outcome(form, whole.subarray(0, length))).toBeInstanceOf(UnreadableEvidence);
  });
});

describe('a damaged manifest', () => {
  const line =
    'openssl-libs\t1.1.1k-25.cm2\t1690000000\t1689000000\tMicrosoft Corporation\t(none)\t1234\tx86_64\t0\topenssl-1.1.1k-25.cm2.src.rpm\n';

  test('given any text between its fields, then packages are plausible, or what is lost is told', () => {
    const piece = fc.oneof(
      fc.constantFrom('\t', '\n', '(none)', '-', '\0', '\u202e', '<b>', '999999999999999999999', line),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.nat(line.length), (pieces, at) => {
        const bytes = Buffer.from(line.slice(0, at) + pieces.join('') + line.slice(at));
        const base = 'container-manifest-2';
        const path = `var/lib/rpmmanifest/${base}`;
        try {
          for (const draft of rpm.read({ path, base, size: bytes.length, mode: 0o644, bytes }))
            if (draft.kind === 'packages')
              for (const { name, version } of draft.packages)
                expect(`${name} ${version}`).toMatch(/^[\w+.~^-]+ [\w+.~:!*^=-]+$/);
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableEvidence);
          expect((error as Error).message).toContain(path);
        }
      }),
    );
  });
});

describe('databases made to hurt', () => {
  test('given an ndb whose slots all name one package, then it is read once and refused', () => {
    const bytes = rpmDatabase('ndb');
    const first = bytes.subarray(32, 48);
    for (let slot = 48; slot < 4096; slot += 16) first.copy(bytes, slot);
    expect(messages('ndb', bytes)).toMatch(/lie on each other/);
  });

  test('given overflow pages in a circle, then they are not followed', () => {
    const bytes = rpmDatabase('littleEndian');
    for (let page = 0; page < bytes.length / 4096; page += 1)
      if (bytes[page * 4096 + 25] === 7) bytes.writeUInt32LE(page, page * 4096 + 16);
    expect(messages('littleEndian', bytes)).toMatch(/used twice/);
  });

  test('given a b-tree that leads back to its root, then it is not followed', () => {
    const bytes = rpmDatabase('sqlite');
    const cells = bytes.readUInt16BE(103);
    expect(cells).toBeGreaterThan(0);
    // the schema's page as an inner page whose right-most child is itself
    bytes[100] = 5;
    bytes.writeUInt16BE(0, 103);
    bytes.writeUInt32BE(1, 108);
    expect(messages('sqlite', bytes)).toMatch(/page 1 is used twice/);
  });

  test('given a header that promises millions of files, then the list ends with its bytes', () => {
    const bytes = rpmDatabase('ndb');
    for (let at = 4096; at < bytes.length - 16; at += 4)
      if (bytes.readUInt32BE(at) === 1117 && bytes.readUInt32BE(at + 4) === 8) bytes.writeUInt32BE(0xffffffff, at + 12);
    const result = outcome('ndb', bytes);
    expect(result).not.toBeInstanceOf(UnreadableEvidence);
    expect(result).toMatchObject({ packages: 7 });
  });
});

function messages(form: RpmForm, bytes: Buffer): string {
  try {
    return read(form, bytes)
      .map((draft) => (draft.kind === 'trouble' ? draft.text : ''))
      .join('\n');
  } catch (error) {
    return (error as Error).message;
  }
}
