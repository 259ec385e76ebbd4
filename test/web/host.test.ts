import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PageHost, startPageHost } from '../../local/page-host.ts';
import { fixtureApi } from './fixture.ts';

const folder = fileURLToPath(new URL('../../web/', import.meta.url));
const fixture = fixtureApi();
let host: PageHost;

beforeAll(async () => {
  host = await startPageHost({ api: fixture.api, folder, token: 'secret-token', principal: 'tester' });
});
afterAll(() => host.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request with its path as it is: fetch would tidy `..` away. */
function ask(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
  const { port } = new URL(host.url);
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      });
    })
      .once('error', reject)
      .end();
  });
}

describe('the page host', () => {
  it('serves every file of the page with its type, the policy that forbids other sources, and no sniffing', async () => {
    const names = [...(await readdir(folder)), 'preact.js', ''];
    for (const name of names) {
      const { status, headers } = await ask(`/${name}`);
      expect([name, status]).toEqual([name, 200]);
      expect(headers['content-security-policy']).toContain("default-src 'self'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
    expect((await ask('/app.js')).headers['content-type']).toContain('text/javascript');
  });

  it.each([
    '/../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/package.json',
    '/..\\package.json',
    '//etc/passwd',
    '/./../local/main.ts',
    '/app.js/../../package.json',
    '/app.js%00.html',
    '/.git/config',
    '/node_modules/htm/package.json',
    '/main.ts',
    '/package.json',
    '/constructor.js',
  ])('does not serve %s', async (path) => {
    const { status, body } = await ask(path);
    expect(status).toBe(404);
    expect(body).toBe('there is no such page');
  });

  it('refuses a foreign Host (DNS rebinding) and a foreign Origin, for pages and api alike', async () => {
    for (const path of ['/', '/api/problems']) {
      expect((await ask(path, { host: 'evil.example' })).status).toBe(421);
      expect((await ask(path, { origin: 'http://evil.example' })).status).toBe(403);
      expect((await ask(path, { origin: 'null' })).status).toBe(403);
      expect((await ask(path, { origin: host.url })).status).toBe(200);
    }
    expect((await ask('/api/plans/p/approve', { origin: 'http://evil.example' }, 'POST')).status).toBe(403);
    expect(fixture.acts).toEqual([]);
  });

  it.each([
    ['JSON that is none', '{', 'application/json', 400, 'the body is not JSON'],
    ['more than it takes', 'x'.repeat(1_000_001), 'text/plain', 413, 'the body is larger than 1000000 bytes'],
  ])('says what is wrong with a body of %s, and asks nobody', async (_name, body, type, status, says) => {
    const before = fixture.acts.length;
    const answer = await fetch(`${host.url}/api/policy`, {
      method: 'PUT',
      body,
      headers: { 'content-type': type, authorization: 'Bearer secret-token' },
    });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({ error: expect.stringContaining(says) });
    expect(fixture.acts).toHaveLength(before);
  });

  it('says that a path is none', async () => {
    expect((await ask('//[')).status).toBe(400);
  });

  it('acts for nobody without the token, or with another', async () => {
    expect((await ask('/api/plans/plan-1/approve', {}, 'POST')).status).toBe(401);
    const wrong = { authorization: 'Bearer secret-tokem' };
    expect((await ask('/api/plans/plan-1/approve', wrong, 'POST')).status).toBe(401);
    const right = { authorization: 'Bearer secret-token' };
    expect((await ask('/api/plans/plan-1/approve', right, 'POST')).status).toBe(200);
    expect(fixture.acts.map((act) => act.principal)).toEqual([undefined, undefined, 'tester']);
  });
});

describe('the page as files', () => {
  it('is below 60 KB as a browser fetches it, library included', async () => {
    const names = [...(await readdir(folder)), 'preact.js'];
    const sizes = await Promise.all(names.map(async (name) => gzipSync((await ask(`/${name}`)).body).length));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(60_000);
  });

  it('asks no other host for anything, and has no inline script or style', async () => {
    for (const name of await readdir(folder)) {
      const text = await readFile(new URL(`../../web/${name}`, import.meta.url), 'utf8');
      expect([name, /(?:src|href|url\(|import\(|fetch\()\s*[=('"`]*\s*(?:https?:)?\/\//.test(text)]).toEqual([
        name,
        false,
      ]);
      expect([name, /dangerouslySetInnerHTML|innerHTML|eval\(|new Function/.test(text)]).toEqual([name, false]);
    }
    const index = await readFile(new URL('../../web/index.html', import.meta.url), 'utf8');
    expect(index).not.toMatch(/<script(?![^>]*src)|<style|\son\w+=|\sstyle=/);
  });

  it('has text of a contrast of at least 4.5 to 1 in light and dark', async () => {
    const css = await readFile(new URL('../../web/style.css', import.meta.url), 'utf8');
    const schemes = [...css.matchAll(/:root\s*\{([^}]*)\}/g)].map((match) =>
      Object.fromEntries(
        [...(match[1] ?? '').matchAll(/--([a-z]+):\s*(#[0-9a-f]{6})/g)].map((pair) => [pair[1] ?? '', pair[2] ?? '']),
      ),
    );
    expect(schemes).toHaveLength(2);
    for (const scheme of schemes)
      for (const [name, colour] of Object.entries(scheme)) {
        if (['paper', 'card', 'line'].includes(name)) continue;
        for (const ground of ['paper', 'card'])
          expect([name, ground, contrast(colour!, scheme[ground]!) >= 4.5]).toEqual([name, ground, true]);
      }
  });
});

/** WCAG 2.2's contrast ratio of two colours. */
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((from) => {
    const value = Number.parseInt(colour.slice(from, from + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
