import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { catalogueSources } from '../../local/stack/catalogues.ts';
import { osvBulk, parseOptions } from '../../local/stack/options.ts';

function folderOf(...names: readonly string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'drydock-catalogues-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of names) writeFileSync(path.join(folder, name), '');
  return folder;
}

const described = (args: readonly string[]): Readonly<Record<string, string>> => {
  const options = parseOptions(args, '/');
  if (options === 'help') throw new Error('help');
  const sources = Object.entries(catalogueSources(options, '/cache'));
  return Object.fromEntries(sources.map(([name, source]) => [name, (source as { describe: string }).describe]));
};

describe('the catalogues of the stack on this machine', () => {
  test('come from the folder of the advisories, as far as they are there', () => {
    const folder = folderOf('kev.json', 'cve-list.drydock');
    expect(described(['--advisories', folder])).toEqual({
      kev: path.join(folder, 'kev.json'),
      cves: path.join(folder, 'cve-list.drydock'),
    });
    expect(described(['--advisories', folderOf('epss.csv.gz', 'end-of-life.json')])).toEqual({
      epss: expect.stringMatching(/epss\.csv\.gz$/),
      endOfLife: expect.stringMatching(/end-of-life\.json$/),
    });
  });

  test('are those that are named, before those of the folder', () => {
    const folder = folderOf('cve-list.drydock', 'end-of-life.json');
    expect(
      described(['--advisories', folder, '--cve-list', 'https://mirror.test/cves.zip', '--end-of-life', '/eol.json']),
    ).toEqual({ cves: 'https://mirror.test/cves.zip', endOfLife: '/eol.json' });
  });

  test('are none when nobody named any, or nothing may be asked', () => {
    expect(parseOptions([], '/')).toMatchObject({ advisories: osvBulk });
    expect(described([])).toEqual({});
    expect(described(['--offline', '--advisories', folderOf('kev.json')])).toEqual({});
  });
});
