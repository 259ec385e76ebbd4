import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '../..');

/** Which rooms a room may import; the order of the design: what is below never hears of what is above. */
const below: Readonly<Record<string, readonly string[]>> = {
  store: [],
  oci: [],
  events: ['store'],
  policy: ['store'],
  xml: [],
  sbom: ['xml'],
  vex: ['sbom'],
  inventory: ['oci', 'sbom'],
  advisories: ['store', 'oci', 'xml'],
  judging: ['inventory', 'advisories'],
  fleet: ['oci', 'xml'],
  findings: ['store', 'oci', 'inventory', 'advisories', 'judging', 'fleet', 'vex'],
  remedy: ['store', 'oci', 'inventory', 'advisories', 'judging', 'fleet', 'findings', 'policy'],
  alerts: ['store', 'judging', 'findings', 'policy'],
  sweep: ['store', 'oci', 'advisories', 'fleet', 'findings', 'remedy'],
};

interface Source {
  readonly file: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const sources = (folder: string): Source[] =>
  readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .map((file) => {
      const text = readFileSync(path.join(root, file), 'utf8');
      return {
        file,
        text,
        imports: [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? ''),
      };
    });

const shared = sources('shared');
const roomOf = (file: string): string => file.split('/')[1] ?? '';
const ownsTheWorld = (file: string): boolean => file.includes('/adapters/') || file.startsWith('shared/store/');

describe('the import graph', () => {
  it('reads real sources', () => {
    expect(shared.length).toBeGreaterThan(60);
    expect(new Set(shared.map((source) => roomOf(source.file)))).toEqual(new Set(Object.keys(below)));
  });

  it('lets a room import only the rooms below it, by their front doors', () => {
    const breaches = shared.flatMap((source) =>
      source.imports
        .filter((specifier) => specifier.startsWith('#'))
        .filter((specifier) => {
          const room = /^#shared\/([a-z]+)$/.exec(specifier)?.[1];
          return room === undefined || !(below[roomOf(source.file)] ?? []).includes(room);
        })
        .map((specifier) => `${source.file} imports ${specifier}`),
    );
    expect(breaches).toEqual([]);
  });

  it('keeps relative imports inside a room', () => {
    const breaches = shared.flatMap((source) =>
      source.imports
        .filter((specifier) => specifier.startsWith('.'))
        .filter(
          (specifier) => roomOf(path.posix.join(path.posix.dirname(source.file), specifier)) !== roomOf(source.file),
        )
        .map((specifier) => `${source.file} imports ${specifier}`),
    );
    expect(breaches).toEqual([]);
  });

  it('lets only adapters and the store touch an SDK, the file system, the network or the clock', () => {
    const world =
      /^(@aws-sdk\/|@smithy\/|node:(fs|net|tls|http|https|dns|child_process|os|worker_threads|dgram)(\/|$)|dynalite$)/;
    const imports = shared.flatMap((source) =>
      source.imports
        .filter((specifier) => world.test(specifier) && !ownsTheWorld(source.file))
        .map((specifier) => `${source.file} imports ${specifier}`),
    );
    expect(imports).toEqual([]);
    const clocks = shared.filter(
      (source) =>
        !ownsTheWorld(source.file) &&
        /\bDate\.now\(|new Date\(\)|\bsetTimeout\(|(?<![.#\w])fetch\(/.test(
          source.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''),
        ),
    );
    expect(clocks.map((source) => source.file)).toEqual([]);
  });

  it('binds AWS only in the index files of functions', () => {
    const breaches = sources('functions').flatMap((source) =>
      source.imports
        .filter(
          (specifier) =>
            specifier.startsWith('@aws-sdk/') &&
            !source.file.endsWith('/index.ts') &&
            !source.file.endsWith('/bindings.ts'),
        )
        .map((specifier) => `${source.file} imports ${specifier}`),
    );
    expect(breaches).toEqual([]);
  });

  it('has no room without a name', () => {
    const nameless = ['shared', 'functions', 'local', 'cli', 'infra']
      .flatMap((folder) => sources(folder))
      .filter((source) => /(^|\/)(utils?|helpers?|common|misc|lib)(\/|\.ts$)/.test(source.file));
    expect(nameless.map((source) => source.file)).toEqual([]);
  });
});
