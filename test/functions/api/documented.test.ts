import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { routes } from '../../../functions/api/routes.ts';

const page = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');

/** What a row of the page names: `GET /images/<digest>` without what stands behind a question mark. */
const named = [...page.matchAll(/`(GET|POST|PUT|DELETE) (\/[^`?]*)[^`]*`/g)].map(([, method = '', path = '']) => ({
  method,
  path: path.replace('<digest>', `sha256:${'0'.repeat(64)}`).replace(/<\w+>/, 'x'),
}));

it.each(routes.map(([method, path]) => ({ method, path })))('docs/api.md names $method $path', ({ method, path }) => {
  expect(named.filter((each) => each.method === method && path.test(each.path))).not.toEqual([]);
});

it('docs/api.md names nothing that is not there', () => {
  for (const each of named)
    expect(
      routes.some(([method, path]) => method === each.method && path.test(each.path)),
      `${each.method} ${each.path}`,
    ).toBe(true);
});
