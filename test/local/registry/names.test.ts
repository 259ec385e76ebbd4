import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  digestFile,
  digestOfFile,
  isRepository,
  isTag,
  repositoryFolder,
  repositoryOfFolder,
  tagFile,
  tagOfFile,
} from '../../../local/registry/names.ts';
import { chunkRange, downloadRange } from '../../../local/registry/ranges.ts';
import { readTarget } from '../../../local/registry/routes.ts';

const tags = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/);
const repositories = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?(\/[a-z0-9]{1,8}(__[a-z0-9]{1,8})?){0,4}$/);
const SAFE_FILE = /^[a-z0-9+._-]{1,255}$/;

describe('file names', () => {
  test('of tags are safe everywhere, differ when tags do, blind to case or not, and lead back', () => {
    fc.assert(
      fc.property(tags, tags, (one, other) => {
        const file = tagFile(one);
        expect(file).toMatch(SAFE_FILE);
        expect(file).toBe(file.toLowerCase());
        expect(tagOfFile(file)).toBe(one);
        expect(tagFile(other) === file).toBe(other === one);
      }),
    );
  });

  test('of repositories are safe everywhere, and lead back', () => {
    fc.assert(
      fc.property(repositories, (name) => {
        expect(isRepository(name)).toBe(true);
        expect(repositoryFolder(name)).toMatch(SAFE_FILE);
        expect(repositoryOfFolder(repositoryFolder(name))).toBe(name);
      }),
    );
  });

  test('that are none of ours name nothing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const tag = tagOfFile(text);
        if (tag !== undefined) expect(tagFile(tag)).toBe(text);
        const repository = repositoryOfFolder(text);
        if (repository !== undefined) expect(repositoryFolder(repository)).toBe(text);
        const digest = digestOfFile(text);
        if (digest !== undefined) expect(digestFile(digest)).toBe(text);
      }),
    );
  });
});

describe('routes', () => {
  test('of any text are a route of checked names, or a refusal', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('v2', 'blobs', 'uploads', 'manifests', 'tags', 'list', '..', 'a', '', '%2F', '%')),
        (parts) => {
          const target = `/${parts.join('/')}`;
          try {
            const { route } = readTarget(target);
            if ('repository' in route) expect(isRepository(route.repository)).toBe(true);
            if (route.kind === 'manifest' && route.reference.kind === 'tag')
              expect(isTag(route.reference.tag)).toBe(true);
          } catch (error) {
            expect(error).toHaveProperty('status');
          }
        },
      ),
    );
  });
});

describe('ranges', () => {
  test('of a download are inside it', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `bytes=${a}-${b}`),
      fc.nat().map((a) => `bytes=-${a}`),
      fc.nat().map((a) => `bytes=${a}-`),
    );
    fc.assert(
      fc.property(header, fc.nat({ max: 5000 }), (text, size) => {
        const range = downloadRange(text, size);
        if (range === undefined || range === 'unsatisfiable') return;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.first).toBeLessThanOrEqual(range.last);
        expect(range.last).toBeLessThan(size);
      }),
    );
  });

  test('of several parts or other units are left out, as HTTP allows', () => {
    for (const header of [undefined, 'bytes=0-1,3-4', 'items=0-1', 'bytes=', 'bytes=-', 'bytes=a-b']) {
      expect(downloadRange(header, 10)).toBeUndefined();
    }
  });

  test('of a chunk are read in both spellings', () => {
    for (const header of ['0-9', 'bytes 0-9/10', 'bytes 0-9/*', 'bytes=0-9']) {
      expect(chunkRange(header)).toEqual({ first: 0, last: 9 });
    }
  });
});
