import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dockerCredentials,
  ecrCredentials,
  ecrRegion,
  firstCredentials,
  isLoopback,
  TarReader,
  tarBytes,
} from '#shared/oci';
import { parseChallenge } from '../../../shared/oci/challenge.ts';
import { nextLink } from '../../../shared/oci/links.ts';
import { parseRetryAfter, retryDelay } from '../../../shared/oci/retry.ts';
import { temporaryFolder, writeFiles } from './stored.ts';

describe('parseChallenge', () => {
  test.each([
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull,push"',
      {
        scheme: 'bearer',
        realm: 'https://auth.docker.io/token',
        service: 'registry.docker.io',
        scope: 'repository:library/alpine:pull,push',
      },
    ],
    ['Basic realm="https://x.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com"', { scheme: 'basic' }],
    ['Basic realm="a", Bearer realm="b\\"c"', { scheme: 'bearer', realm: 'b"c' }],
    ['BEARER Realm=plain', { scheme: 'bearer', realm: 'plain' }],
    ['Negotiate', undefined],
    ['Bearer service="x"', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s', (header, expected) => {
    expect(parseChallenge(header)).toEqual(expected);
  });

  test('any header ends in a challenge or in none', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(['bearer', 'basic', undefined]).toContain(parseChallenge(header)?.scheme);
      }),
    );
  });
});

test('nextLink finds rel=next among others', () => {
  expect(nextLink('</v2/a/tags/list?n=2&last=b>; rel="next"')).toBe('/v2/a/tags/list?n=2&last=b');
  expect(nextLink('</prev>; rel="prev", </next>; type="x"; rel=next')).toBe('/next');
  expect(nextLink('</prev>; rel="prev"')).toBeUndefined();
  expect(nextLink(undefined)).toBeUndefined();
});

describe('retries', () => {
  test('wait longer each time, never more than 10 s unless asked, never less than asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.nat(60_000),
        (attempt, chance, asked) => {
          const delay = retryDelay(attempt, chance, asked);
          expect(delay).toBeGreaterThanOrEqual(Math.max(asked, 100));
          expect(delay).toBeLessThanOrEqual(Math.max(asked, 10_000));
        },
      ),
    );
    expect(retryDelay(3, 0)).toBeGreaterThan(retryDelay(1, 0.999));
  });

  test('Retry-After is seconds or a date', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(parseRetryAfter('120', now)).toBe(120_000);
    expect(parseRetryAfter('Thu, 01 Jan 2026 00:00:05 GMT', now)).toBe(5000);
    expect(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0);
    expect([parseRetryAfter('soon', now), parseRetryAfter(undefined, now)]).toEqual([0, 0]);
  });
});

test('plain HTTP is for this machine alone', () => {
  expect(
    ['localhost', 'localhost:5000', '127.0.0.1:1', '127.9.9.9', '[::1]:5000', 'app.localhost'].every(isLoopback),
  ).toBe(true);
  expect(['example.com', '127.0.0.1.example.com', 'localhost.example.com:5000', '10.0.0.1'].some(isLoopback)).toBe(
    false,
  );
});

describe('credentials', () => {
  const folder = temporaryFolder();
  const auth = Buffer.from('user:pass:word').toString('base64');

  test('from the files of docker login, the first that knows the registry', async () => {
    writeFiles(folder, [
      { path: 'broken.json', content: '{' },
      {
        path: 'config.json',
        content: JSON.stringify({
          auths: {
            'https://index.docker.io/v1/': { auth },
            'localhost:5000': { auth: 'bm9jb2xvbg==' },
            'ghcr.io': { identitytoken: 'idt' },
          },
        }),
      },
    ]);
    const port = dockerCredentials(
      ['missing.json', 'broken.json', 'config.json'].map((name) => path.join(folder, name)),
    );
    expect(await port('registry-1.docker.io')).toEqual({ username: 'user', password: 'pass:word' });
    expect(await port('ghcr.io')).toEqual({ username: '<token>', password: 'idt' });
    expect(await port('localhost:5000')).toBeUndefined();
    expect(await port('constructor')).toBeUndefined();
  });

  test('for ECR from its authorization token, once until it nears its end', async () => {
    let calls = 0;
    let time = 1_000_000_000_000;
    const port = ecrCredentials(
      async (_, region) => {
        calls++;
        return {
          token: Buffer.from(`AWS:token-of-${region}`).toString('base64'),
          expiresAt: time + 12 * 3_600_000,
        };
      },
      () => time,
    );
    const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
    const expected = { username: 'AWS', password: 'token-of-eu-west-1' };
    expect(await port(registry)).toEqual(expected);
    expect(await port(registry)).toEqual(expected);
    expect(calls).toBe(1);
    time += 12 * 3_600_000;
    await port(registry);
    expect(calls).toBe(2);
    expect(await port('docker.io')).toBeUndefined();
  });

  test('ECR registries are known by their hosts, and by nothing like them', () => {
    expect(ecrRegion('123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com')).toBe('us-gov-west-1');
    expect(ecrRegion('123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn')).toBe('cn-north-1');
    expect(ecrRegion('123456789012.dkr-ecr.eu-west-1.on.aws')).toBe('eu-west-1');
    expect(ecrRegion('123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example')).toBeUndefined();
    expect(ecrRegion('123456789012.dkr.ecr.eu-west-1.amazonaws.com:8443')).toBeUndefined();
    expect(ecrRegion('public.ecr.aws')).toBeUndefined();
  });

  test('the first port that knows answers', async () => {
    const port = firstCredentials(
      async () => undefined,
      async (registry) => ({ username: registry, password: 'x' }),
    );
    expect(await port('r')).toEqual({ username: 'r', password: 'x' });
  });
});

test('a reader whose caller seeks over what nobody wants sees the same entries', () => {
  const archive = tarBytes([
    { path: 'a', content: 'x'.repeat(10_000) },
    { path: 'wanted', content: 'w'.repeat(700) },
    { path: 'b', content: 'y'.repeat(513) },
    { path: 'end' },
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(20_000), (size, most) => {
      const paths: string[] = [];
      let content = '';
      const reader = new TarReader({
        entry(entry) {
          paths.push(`${entry.path} ${entry.dataOffset}`);
          if (entry.path !== 'wanted') return undefined;
          return {
            data: (chunk) => {
              content += chunk.toString();
            },
            end: () => {},
          };
        },
      });
      for (let at = 0; at < archive.length; ) {
        const chunk = archive.subarray(at, at + size);
        reader.write(chunk);
        at += chunk.length;
        const skip = Math.min(reader.skippable, most, archive.length - at);
        reader.skip(skip);
        at += skip;
      }
      reader.end();
      expect(paths).toEqual(['a 512', 'wanted 11264', 'b 12800', 'end 14336']);
      expect(content).toBe('w'.repeat(700));
    }),
  );
});
