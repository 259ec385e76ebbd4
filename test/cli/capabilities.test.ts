import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { capabilities, withCapabilities } from '../../cli/capabilities.ts';

const page = path.join(import.meta.dirname, '../../docs/capabilities.md');

test('the page says what the code reads and repairs', async () => {
  expect(existsSync(page)).toBe(true);
  const text = readFileSync(page, 'utf8');
  // renew it with: node bin/node24.mjs cli/capabilities.ts --write
  expect(withCapabilities(text, await capabilities())).toBe(text);
});

test('what exists is told from what does not', async () => {
  const tables = await capabilities();
  const [, today = '', later = ''] = /\| repairs by \| ([^|]*) \| ([^|]*) \|/.exec(tables) ?? [];
  expect(today).toContain('*newer*');
  expect(later).not.toContain('*newer*');
  // a list with nothing in it is left out
  expect(tables).not.toMatch(/: \./);
});

test('a page without its markers is refused', () => {
  expect(() => withCapabilities('# Drydock\n', 'tables')).toThrow(/<!-- capabilities -->/);
  expect(() => withCapabilities('<!-- /capabilities --> <!-- capabilities -->', 'tables')).toThrow();
});
