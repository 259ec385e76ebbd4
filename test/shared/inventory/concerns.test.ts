import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { extractors } from '#shared/inventory';
import { ConcernIndex } from '../../../shared/inventory/extractors/concern.ts';
import { concerned, type Extractor } from '../../../shared/inventory/extractors/index.ts';
import { baseOf, folderOf } from '../../../shared/inventory/path.ts';
import { fileSamples } from './evidence-samples.ts';

const root = path.join(import.meta.dirname, '../../..');

/** The code of every TypeScript file below a folder, with what stands escaped in expressions as it is meant. */
function sources(folder: string): string[] {
  const files = readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile() && file.name.endsWith('.ts'))
    .map((file) => readFileSync(path.join(file.parentPath, file.name), 'utf8'))
    .map((text) => text.replace(/^(?: *(?:\/?\*|\/\/)|import ).*$/gm, '').replace(/\\([./+-])/g, '$1'));
}

/** Words of a source file that may be a part of a path, and longer pieces of paths. */
const piecesOf = (source: string): string[] => [
  ...new Set([...(source.match(/[\w.@+-]{2,80}/g) ?? []), ...(source.match(/[\w.@+/-]{5,200}/g) ?? [])]),
];

const known = sources('shared/inventory/extractors').map(piecesOf);
const written = [...sources('test/shared/inventory'), ...sources('test/end-to-end'), ...sources('test/bench')]
  .flatMap((source) => source.match(/[\w.@+~/-]{3,300}/g) ?? [])
  .map((text) => text.replace(/^[./]+|\/+$/g, ''));

/** Real places that no sample has. */
const places = [
  `root/.local/share/pnpm/store/v10/files/0a/${'0a'.repeat(31)}`,
  `root/.cache/huggingface/hub/models--a--b/blobs/${'0a'.repeat(32)}`,
  'var/lib/pacman/local/zlib-1:1.3.1-2/files',
  'usr/lib/modules/6.1.0-18-amd64/modules.builtin',
  'root/.config/containers/auth.json',
  'root/.config/gcloud/legacy_credentials/a@b.c/adc.json',
];

function wanting(extractor: Extractor, at: string): boolean {
  const base = baseOf(at);
  return extractor.wants({ path: at, base, size: 100, mode: 0o755 }) !== undefined;
}

/** Of each extractor, what it wanted of all that was tried. */
const wants = new Map<Extractor, string[]>(extractors.map((each) => [each, []]));

const named = (at: string): readonly Extractor[] => concerned.of(baseOf(at), concerned.inFolder(folderOf(at)));

/** Whoever wants the file and is not asked for it. */
function forgotten(at: string): string[] {
  const asked = named(at);
  const wanted = extractors.filter((each) => wanting(each, at));
  for (const each of wanted) wants.get(each)?.push(at);
  return wanted.filter((each) => !asked.includes(each)).map(({ name }) => `${name}: ${at}`);
}

/** Variations of a path: beside its name and its folder, in upper and lower case, at the root and deeper. */
const variations = (at: string): string[] => {
  const base = baseOf(at);
  const folder = folderOf(at);
  const dot = base.lastIndexOf('.');
  return [
    ...[at, `x/${at}`, `x/y/z/${at}`, at.toUpperCase(), at.toLowerCase()],
    ...[`${folder}/x${base}`, `${folder}/x.${base}`, `${at}x`, `${at}.x`, `${at}-5.1`, `${folder}/x/${base}`],
    ...[
      base,
      `x/${base}`,
      `${folder}/x`,
      `${folder}/${'0a'.repeat(32)}`,
      `${folder}/x${base.slice(dot < 0 ? 0 : dot)}`,
    ],
  ];
};

const ofTests = new Set([...written, ...places, ...fileSamples.map(([, at]) => at)].flatMap(variations));

/** Names and endings that stand in the source of an extractor, in folders that stand there. */
function* ofSources(): Generator<string> {
  for (const pieces of known) {
    const folders = pieces.filter((piece) => piece.includes('/')).map((piece) => piece.replace(/^\/+|\/+$/g, ''));
    for (const name of pieces.filter((piece) => !piece.includes('/') && !/^[a-z]+[A-Z]/.test(piece)))
      for (const folder of ['a/b', ...folders])
        for (const base of [name, `x${name}`, `${name}x`]) yield `${folder}/${base}`;
  }
}

describe('what files concern', () => {
  const missed: string[] = [];
  beforeAll(() => {
    for (const at of ofTests) missed.push(...forgotten(at));
    for (const at of ofSources()) missed.push(...forgotten(at));
  });

  test('given every path that tests write, and names that extractors know in folders that they know, then whoever wants it is asked', () => {
    expect(missed).toEqual([]);
  });

  test('given one text less of what an extractor says, then something of what was tried is missed: each text is held here', () => {
    const spare: string[] = [];
    for (const [extractor, wanted] of wants) {
      for (const part of ['names', 'endings', 'beginnings', 'folders'] as const) {
        const texts = extractor.concerns[part] ?? [];
        for (const text of texts) {
          const less = { ...extractor.concerns, [part]: texts.filter((each) => each !== text) };
          const index = new ConcernIndex([{ concerns: less }]);
          if (wanted.every((at) => index.of(baseOf(at), index.inFolder(folderOf(at))).length > 0))
            spare.push(`${extractor.name}: ${text}`);
        }
      }
    }
    expect(spare).toEqual([]);
  });

  test('given any path of pieces that extractors know, then whoever wants it is asked', () => {
    const piece = fc.oneof(
      ...known.filter((pieces) => pieces.length > 0).map((pieces) => fc.constantFrom(...pieces)),
      fc.constantFrom(
        ...fileSamples.flatMap(([, at]) => [folderOf(at), ...at.split('/')]).filter((text) => text !== ''),
      ),
      fc.constantFrom('1.2-3', 'a', 'b'.repeat(40), '0f'.repeat(32), 'v3', '.', '-'),
    );
    const part = fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join(''));
    const paths = fc
      .array(fc.oneof(piece, part), { minLength: 1, maxLength: 5 })
      .map((parts) =>
        parts
          .join('/')
          .split('/')
          .filter((each) => each !== '')
          .join('/'),
      )
      .filter((at) => at !== '');
    fc.assert(
      fc.property(paths, (at) => {
        expect(forgotten(at)).toEqual([]);
      }),
      { numRuns: 5_000 },
    );
  });

  test('given the sample of each extractor, then it wants it and is asked', () => {
    for (const { name } of extractors) {
      const at = fileSamples.filter(([of]) => of === name).map(([, where]) => where);
      expect(at.length, name).toBeGreaterThan(0);
      for (const each of at) expect(named(each).map((asked) => asked.name)).toContain(name);
    }
  });

  test('given files of no evidence, then nobody is asked', () => {
    for (const at of ['usr/bin/bash', 'usr/lib/x.so.1', 'a/b.py', 'a/README', 'a/x.pyc', 'usr/share/zoneinfo/UTC', 'a'])
      expect(named(at)).toEqual([]);
  });

  test('given a file that several want by name and folder, then each is asked once and in its own order', () => {
    const kinds = [
      { name: 'last', concerns: { folders: ['store'] } },
      { name: 'both', concerns: { names: ['a.json'], endings: ['.json'], beginnings: ['a.j'], folders: ['store'] } },
      { name: 'other', concerns: { names: ['b.json'] } },
    ];
    const index = new ConcernIndex(kinds);
    const ask = (at: string) => index.of(baseOf(at), index.inFolder(folderOf(at))).map(({ name }) => name);
    expect(ask('my/store/v3/a.json')).toEqual(['last', 'both']);
    expect(ask('my/A.JSON')).toEqual(['both']);
    expect(ask('my/b.json')).toEqual(['both', 'other']);
    expect(ask('my/json')).toEqual([]);
    expect(ask('js')).toEqual([]);
  });

  test('given a text of a name that is too short to be found by, then it is refused', () => {
    expect(() => new ConcernIndex([{ concerns: { endings: ['.a'] } }])).toThrow(RangeError);
  });
});
