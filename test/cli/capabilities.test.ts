import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { feedTable } from '#shared/advisories';
import { capabilities, withCapabilities } from '../../cli/capabilities.ts';

const root = path.join(import.meta.dirname, '../..');
const page = path.join(root, 'docs/capabilities.md');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8').replace(/\s+/g, ' ');

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

test('the README names in short what the page lists', async () => {
  const [, publishers = ''] = /by what ([^;.]*) publish themselves/.exec(readme) ?? [];
  const ecosystems = [...new Set(feedTable.map(({ feed }) => feed.ecosystem))];
  expect(publishers.split(/, | and /).sort()).toEqual(ecosystems.sort());
  const [, languages = ''] = /of languages \(([^)]*) and more\)/.exec(readme) ?? [];
  const tables = await capabilities();
  for (const language of languages.split(', ')) expect(tables).toContain(`| ${language} |`);
});

test('what the README points to is there', () => {
  const places = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, place = '']) => place);
  const own = places.filter((place) => !/^https?:/.test(place));
  expect(own).toContain('docs/capabilities.md');
  expect(own.filter((place) => !existsSync(path.join(root, place)))).toEqual([]);
});

test('a page without its markers is refused', () => {
  expect(() => withCapabilities('# Drydock\n', 'tables')).toThrow(/<!-- capabilities -->/);
  expect(() => withCapabilities('<!-- /capabilities --> <!-- capabilities -->', 'tables')).toThrow();
});
