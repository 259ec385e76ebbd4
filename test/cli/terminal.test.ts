import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearest } from '../../cli/nearest.ts';
import { plainText } from '../../cli/plain-text.ts';
import { safeJson } from '../../cli/safe-json.ts';
import { displayWidth, tableLines } from '../../cli/table.ts';
import { openTerminal, type TerminalInput } from '../../cli/terminal.ts';

const anyText = fc.string({ unit: 'binary' });

describe('outside text', () => {
  test('never moves the cursor, hides, or changes direction', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const plain = plainText(text);
        expect(plain).not.toMatch(/\p{C}|\p{Zl}|\p{Zp}/u);
        expect(plainText(plain)).toBe(plain);
      }),
    );
  });

  test('stays as it is when it is harmless', () => {
    fc.assert(fc.property(fc.stringMatching(/^[ -~äöüßéñ漢字]*$/), (text) => plainText(text) === text));
    expect(plainText('a\u001b[31mb\u0000\u009bc\u202ed\u200be')).toBe('a?[31mb??c?d?e');
    // unassigned, no character at all, for private use
    expect(plainText('a\u0378b\uffffc\u{10fffe}d\ue000e')).toBe('a?b?c?d?e');
  });

  test('is the same data after JSON, and nothing but printable characters and line breaks before', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, fc.array(anyText)), (value) => {
        const json = safeJson(value);
        expect(json).not.toMatch(/[^\n\P{Cc}]|\p{Cf}|\p{Zl}|\p{Zp}/u);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('a table', () => {
  const columns = [
    { head: 'NAME', cell: ([name]: readonly string[]) => name ?? '', least: 6 },
    { head: 'WHAT', cell: ([, what]: readonly string[]) => what ?? '', least: 6, cut: 'middle' as const },
    { head: 'EXTRA', cell: ([, , extra]: readonly string[]) => extra ?? '', spare: 1, least: 6 },
  ];

  test('has one line for each row, and keeps to the width, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText, anyText, anyText)), fc.integer({ min: 14, max: 200 }), (rows, width) => {
        const lines = tableLines(columns, rows, { columns: width });
        expect(lines).toHaveLength(rows.length + 1);
        for (const line of lines) {
          expect(line).not.toContain('\n');
          expect(displayWidth(line)).toBeLessThanOrEqual(width);
        }
      }),
    );
  });

  test('keeps both ends of what says something at both', () => {
    const versions = [{ head: 'V', cell: (text: string) => text, least: 4, cut: 'middle' as const }];
    expect(tableLines(versions, ['org.apache:log4j-core'], { columns: 12 })[1]).toBe('org.ap…-core');
  });

  test('leaves a spare column out before it cuts others to less than they need, and never cuts where there is room', () => {
    const rows = [['aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc']];
    expect(tableLines(columns, rows, { columns: Number.POSITIVE_INFINITY })[1]).toBe(
      'aaaaaaaaaa  bbbbbbbbbb  cccccccccc',
    );
    expect(tableLines(columns, rows, { columns: 16 })[0]).not.toContain('EXTRA');
    expect(tableLines(columns, rows, { columns: 16 })[1]).toBe('aaaaaa…  bbb…bbb');
  });
});

describe('the terminal', () => {
  const stream = (isTTY: boolean, columns = 100) => {
    const written: string[] = [];
    return { isTTY, columns, written, write: (text: unknown) => written.push(String(text)) > 0 };
  };
  const open = (environment: NodeJS.ProcessEnv, more: Partial<TerminalInput> & { tty?: boolean } = {}) => {
    const stdout = stream(more.tty ?? true);
    const stderr = stream(more.tty ?? true);
    const terminal = openTerminal({ environment, stdout: stdout as never, stderr: stderr as never, ...more });
    return { terminal, stdout, stderr };
  };
  const coloured = (environment: NodeJS.ProcessEnv, more = {}) =>
    open(environment, more).terminal.paint('red', 'x') !== 'x';

  test('colours by the habits', () => {
    expect(coloured({})).toBe(true);
    expect(coloured({}, { tty: false })).toBe(false);
    expect(coloured({ NO_COLOR: '1' })).toBe(false);
    expect(coloured({ NO_COLOR: '' })).toBe(true);
    expect(coloured({ TERM: 'dumb' })).toBe(false);
    expect(coloured({ FORCE_COLOR: '1' }, { tty: false })).toBe(true);
    expect(coloured({ FORCE_COLOR: '0' })).toBe(false);
    expect(coloured({ NO_COLOR: '1' }, { color: true, tty: false })).toBe(true);
    expect(coloured({ FORCE_COLOR: '1' }, { color: false })).toBe(false);
  });

  test('is as wide as COLUMNS says, else as it is, else without end', () => {
    expect(open({ COLUMNS: '60' }).terminal.columns).toBe(60);
    expect(open({}).terminal.columns).toBe(100);
    expect(open({ COLUMNS: 'wide' }, { tty: false }).terminal.columns).toBe(Number.POSITIVE_INFINITY);
  });

  test('draws progress for people only, and takes it away before anything else is written', () => {
    const { terminal, stdout, stderr } = open({});
    terminal.draw('reading');
    terminal.write('report\n');
    expect(stderr.written).toEqual(['reading', '\r\u001b[2K']);
    expect(stdout.written).toEqual(['report\n']);
    for (const [environment, more] of [
      [{ CI: 'true' }, {}],
      [{ TERM: 'dumb' }, {}],
      [{}, { tty: false }],
      [{}, { quiet: true }],
    ] as const) {
      const silent = open(environment, more);
      silent.terminal.draw('reading');
      expect(silent.stderr.written).toEqual([]);
    }
  });

  test('keeps notes back when it shall be quiet, and complaints never', () => {
    const { terminal, stderr } = open({}, { quiet: true });
    terminal.note('by the way');
    terminal.complain('it failed');
    expect(stderr.written).toEqual(['it failed\n']);
  });
});

test('the nearest name is the one that a slip of the fingers leads from', () => {
  const names = ['format', 'fail-on', 'severity', 'strict', 'offline'];
  for (const slip of ['fromat', 'formt', 'forma', 'formatt', 'Format'.toLowerCase()])
    expect(nearest(slip, names)).toBe('format');
  expect(nearest('serverity', names)).toBe('severity');
  expect(nearest('xyzzy', names)).toBeUndefined();
  expect(nearest('', names)).toBeUndefined();
});
