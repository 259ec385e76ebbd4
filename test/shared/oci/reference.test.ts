import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatReference, InvalidReference, parseReference } from '#shared/oci';

const digest = `sha256:${'a'.repeat(64)}` as const;

describe('parseReference', () => {
  test.each([
    ['alpine', { registry: 'registry-1.docker.io', repository: 'library/alpine', tag: 'latest' }],
    ['alpine:3.20', { registry: 'registry-1.docker.io', repository: 'library/alpine', tag: '3.20' }],
    ['bitnami/redis', { registry: 'registry-1.docker.io', repository: 'bitnami/redis', tag: 'latest' }],
    ['docker.io/alpine', { registry: 'registry-1.docker.io', repository: 'library/alpine', tag: 'latest' }],
    ['index.docker.io/library/alpine:1', { registry: 'registry-1.docker.io', repository: 'library/alpine', tag: '1' }],
    ['localhost/app', { registry: 'localhost', repository: 'app', tag: 'latest' }],
    ['localhost:5000/app:v1', { registry: 'localhost:5000', repository: 'app', tag: 'v1' }],
    ['127.0.0.1:5000/a/b', { registry: '127.0.0.1:5000', repository: 'a/b', tag: 'latest' }],
    ['[::1]:5000/app', { registry: '[::1]:5000', repository: 'app', tag: 'latest' }],
    ['GHCR.io/org/app', { registry: 'ghcr.io', repository: 'org/app', tag: 'latest' }],
    [`quay.io/a/b@${digest}`, { registry: 'quay.io', repository: 'a/b', digest }],
    [`quay.io/a/b:1@${digest}`, { registry: 'quay.io', repository: 'a/b', tag: '1', digest }],
    [
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app__x:1.0-2',
      { registry: '123456789012.dkr.ecr.eu-west-1.amazonaws.com', repository: 'team/app__x', tag: '1.0-2' },
    ],
  ])('%s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  test('another default registry takes the names without one, and adds no library/', () => {
    expect(parseReference('app:1', { defaultRegistry: 'localhost:5000' })).toEqual({
      registry: 'localhost:5000',
      repository: 'app',
      tag: '1',
    });
  });

  test.each([
    ['', /empty/],
    ['https://example.com/app', /URL/],
    ['example.com/App:1', /Did you mean app/],
    ['app:', /tag/],
    ['app:-x', /tag/],
    [`app:${'x'.repeat(129)}`, /tag/],
    ['app@sha256:abc', /digest/],
    [`app@sha256:${'A'.repeat(64)}`, /digest/],
    ['app@md5:d41d8cd98f00b204e9800998ecf8427e', /digest/],
    ['example.com/../etc', /repository name/],
    ['example.com/a//b', /repository name/],
    ['example.com/a b', /repository name/],
    ['example.com/a\nb', /repository name/],
    ['example.com:99999/a', /port/],
    ['example.com:0/a', /port/],
    ['exa_mple.com/a', /registry host/],
    ['user@example.com/a', /digest/],
    [`example.com/${'a'.repeat(256)}`, /255/],
    ['x'.repeat(2000), /1024/],
  ])('refuses %j', (text, message) => {
    expect(() => parseReference(text)).toThrow(InvalidReference);
    expect(() => parseReference(text)).toThrow(message);
  });

  test('whatever is parsed, formatting and parsing give it back; whatever is not, is refused by name', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc
        .tuple(
          fc.constantFrom('', 'localhost:1/', 'a.b/', 'docker.io/'),
          fc.stringMatching(/^[a-z0-9]{1,5}(\/[a-z0-9._-]{1,5}){0,2}$/),
          fc.constantFrom('', ':1', ':Tag_.-'),
          fc.constantFrom('', `@${digest}`),
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (given) => {
        let parsed: ReturnType<typeof parseReference>;
        try {
          parsed = parseReference(given);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidReference);
          return;
        }
        expect(parseReference(formatReference(parsed))).toEqual(parsed);
      }),
      { numRuns: 500 },
    );
  });

  test('a long hostile name takes no long time', () => {
    expect(() => parseReference(`${'a-'.repeat(500)}!`)).toThrow(InvalidReference);
  });
});
