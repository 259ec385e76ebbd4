import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TarEntry } from '#shared/oci';
import { LayerTree } from '../../../shared/inventory/layer-tree.ts';
import { OwnLinks } from '../../../shared/inventory/own-links.ts';
import { baseOf, below, cleanPath, folderOf, isPlainlyIn } from '../../../shared/inventory/path.ts';
import { mark, PathTable } from '../../../shared/inventory/path-table.ts';

const part = fc.constantFrom('a', 'b', 'ab', 'lib');
const clean = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const target = fc.tuple(fc.constantFrom('', '/', '../'), clean).map(([before, path]) => before + path);

/** Where a folder is by the links that there are: part by part, with nothing remembered. */
function walked(links: ReadonlyMap<string, string>, folder: string): string | undefined {
  const todo = folder.split('/');
  let place = '';
  let followed = 0;
  for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
    if (next === '' || next === '.') continue;
    const here = next === '..' ? folderOf(place) : below(place, next);
    const link = next === '..' ? undefined : links.get(here);
    if (link === undefined) place = here;
    else {
      followed += 1;
      if (followed > 40) return undefined;
      if (link.startsWith('/')) place = '';
      todo.unshift(...link.split('/'));
    }
  }
  return place;
}

describe('links of a layer', () => {
  test('given links that come and go between folders that are entered, then each folder is where a plain walk finds it', () => {
    const step = fc.oneof(fc.record({ enter: clean }), fc.record({ set: clean, target }), fc.record({ remove: clean }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const links = new Map<string, string>();
        const own = new OwnLinks();
        for (const each of steps) {
          if ('enter' in each) expect(own.resolve(each.enter)).toBe(walked(links, each.enter));
          else if ('set' in each) {
            links.set(each.set, each.target);
            own.set(each.set, each.target, true);
          } else expect(own.delete(each.remove)).toBe(links.delete(each.remove));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('given a link that was written through another, which then makes way, then a file of its name ends it all the same', () => {
    const tree = new LayerTree({ fits: () => true, disorder: () => {}, exhausted: () => {} });
    const entries: readonly Pick<TarEntry, 'path' | 'kind' | 'linkTarget'>[] = [
      { path: 'a', kind: 'symlink', linkTarget: 'c' },
      { path: 'a/b', kind: 'symlink', linkTarget: 'x' },
      { path: 'a', kind: 'directory', linkTarget: '' },
      { path: 'a/b', kind: 'file', linkTarget: '' },
    ];
    for (const [index, entry] of entries.entries()) {
      const { path, linkTarget } = entry;
      tree.enter(folderOf(path));
      tree.put(path, baseOf(path), entry, index + 1);
      if (linkTarget !== '') tree.link(path, linkTarget, index + 1);
    }
    expect(tree.links).toEqual([
      { path: 'a', target: 'c', order: 1, until: 3 },
      { path: 'a/b', target: 'x', order: 2, until: 4 },
    ]);
  });

  test('given more steps than are followed, then no folder is certain any more', () => {
    const own = new OwnLinks();
    own.set('z', 'y', true);
    const deep = Array.from({ length: 2_000_000 }, () => 'a').join('/');
    const places = Array.from({ length: 11 }, () => own.resolve(deep));
    expect(places.map((place) => place === deep)).toEqual([...Array(10).fill(true), false]);
    expect(own.exhausted).toBe(true);
    expect(own.resolve('b')).toBeUndefined();
  });
});

describe('paths of a layer', () => {
  test('given paths in any order, then each has its marks and all folders above are known as such', () => {
    const marks = fc.constantFrom(mark.FOLDER, mark.OTHER, mark.WHITEOUT);
    const step = fc.oneof(fc.tuple(clean, marks), fc.tuple(clean, fc.constant(undefined)));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const table = PathTable.empty();
        const expected = new Map<string, number>();
        const note = (path: string, added: number): void => {
          expected.set(path, (expected.get(path) ?? 0) | added);
        };
        const above = (path: string): void => {
          for (let folder = path; ; folder = folderOf(folder)) {
            const known = expected.has(folder);
            note(folder, mark.IMPLIED);
            if (known || folder === '') return;
          }
        };
        for (const [path, added] of steps) {
          if (added === undefined) {
            table.addFolder(path);
            above(path);
            continue;
          }
          table.addFolder(folderOf(path));
          above(folderOf(path));
          expect(table.add(path, added)).toBe(expected.get(path) ?? 0);
          note(path, added);
        }
        for (const [path, all] of expected) expect(table.of(path), path).toBe(all);
        expect(table.size).toBe(expected.size);
      }),
      { numRuns: 1_000 },
    );
  });

  test('given names of a folder, then those that are told at a glance are their own clean paths in it', () => {
    const pieces = fc.constantFrom('/', '..', '.', 'a', 'ab', '.a', 'a.', './');
    const text = fc.array(pieces, { maxLength: 5 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.constant(''), clean), text, fc.boolean(), (folder, rest, isBelow) => {
        const name = isBelow ? `${folder}/${rest}` : rest;
        if (isPlainlyIn(folder, name)) expect([cleanPath(name), folderOf(name)]).toEqual([name, folder]);
        else if (isBelow && folder !== '') expect(rest === '' || rest.startsWith('.') || rest.includes('/')).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  test('given any name, then its path is what is left when each part is looked at', () => {
    const name = fc
      .array(fc.constantFrom('/', '//', '.', '..', 'a', '.a', 'a.', './', '/..'), { maxLength: 8 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(name, (text) => {
        const parts: string[] = [];
        for (const each of text.split('/')) {
          if (each === '..') parts.pop();
          else if (each !== '' && each !== '.') parts.push(each);
        }
        expect(cleanPath(text)).toBe(parts.join('/'));
      }),
      { numRuns: 2_000 },
    );
  });
});
