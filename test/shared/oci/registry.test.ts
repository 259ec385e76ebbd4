import { describe, expect, test } from 'vitest';
import {
  buildArtifact,
  buildIndex,
  type CredentialsPort,
  DigestMismatch,
  NotFound,
  openRegistry,
  RegistryRefused,
  RegistryUnavailable,
  readImages,
  TooLarge,
  Unauthorized,
  unpackLayer,
} from '#shared/oci';
import {
  big,
  bigPath,
  client,
  closing,
  cutAfter,
  image,
  open,
  options,
  other,
  readBig,
  registry,
  waits,
} from './tiny-registries.ts';
import { NOWHERE, sendBytes, startTinyRegistry, type TinyRegistry } from './tiny-registry.ts';

describe('a blob whose connection breaks', () => {
  test('goes on where it broke, and the digest runs on', async () => {
    registry.before = cutAfter(700_000, 3);
    expect(await readBig()).toBe(true);
    const ranges = registry.seen.map(({ headers }) => Number(/(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0));
    expect(ranges.length).toBe(4);
    expect(ranges.every((from, i) => i === 0 || from > ranges[i - 1]!)).toBe(true);
  });

  test('from a server that does not know ranges, skips what it has seen', async () => {
    const cut = cutAfter(1_000_000, 2);
    registry.before = (request, response, url) => {
      delete request.headers.range;
      return cut(request, response, url);
    };
    expect(await readBig()).toBe(true);
  });

  test('that brings nothing again and again is given up by name', async () => {
    let opened = false;
    registry.before = (_request, response, url) => {
      if (url.pathname !== bigPath) return false;
      response.writeHead(opened ? 206 : 200, {
        'content-length': big.bytes.length,
        ...(opened ? { 'content-range': `bytes 10-${big.bytes.length}/*` } : {}),
      });
      if (opened) response.flushHeaders();
      response.write(opened ? '' : big.bytes.subarray(0, 10), () => setImmediate(() => response.destroy()));
      opened = true;
      return true;
    };
    await expect(readBig({ attempts: 3 })).rejects.toThrow(RegistryUnavailable);
    expect(waits.length).toBeGreaterThanOrEqual(2);
  });

  test('and goes on with other bytes is found out', async () => {
    const forged = Buffer.from(big.bytes);
    forged[2_500_000]! ^= 1;
    const cut = cutAfter(1_000_000, 1);
    registry.before = (request, response, url) => {
      if (cut(request, response, url)) return true;
      if (url.pathname !== bigPath) return false;
      sendBytes(request, response, forged, 'application/octet-stream');
      return true;
    };
    await expect(readBig()).rejects.toThrow(DigestMismatch);
  });

  test('and is answered with a range beyond what was seen is refused', async () => {
    const cut = cutAfter(1000, 1);
    registry.before = (request, response, url) => {
      if (cut(request, response, url)) return true;
      if (url.pathname !== bigPath) return false;
      response.writeHead(206, { 'content-range': `bytes 2000000-2999999/3000000` }).end(big.bytes.subarray(2_000_000));
      return true;
    };
    await expect(readBig()).rejects.toThrow(RegistryRefused);
  });

  test.each(['with', 'without'])('reaches the thread that unpacks whole, from a server %s ranges', async (ranges) => {
    const cut = cutAfter(1_000_000, 2);
    registry.before = (request, response, url) => {
      if (ranges === 'without') delete request.headers.range;
      return cut(request, response, url);
    };
    const chunks: Buffer[] = [];
    const take = (chunk: Buffer): void => void chunks.push(Buffer.from(chunk));
    const blob = await open().found!(big.descriptor);
    await unpackLayer(blob, { descriptor: big.descriptor, source: 'a test', take, threadFrom: 0 });
    expect(Buffer.concat(chunks).equals(big.bytes)).toBe(true);
    expect(registry.seen.length).toBe(3);
  });

  test('is not opened again by one who has given up', async () => {
    const giveUp = new AbortController();
    registry.before = (_request, response, url) => {
      if (url.pathname !== bigPath) return false;
      response.writeHead(200, { 'content-length': big.bytes.length });
      response.write(big.bytes.subarray(0, 1000));
      return true;
    };
    const stream = await open().blob(big.descriptor, { signal: giveUp.signal });
    const read = (async () => {
      for await (const _ of stream) giveUp.abort();
    })();
    await expect(read).rejects.toMatchObject({ name: 'AbortError' });
    expect(registry.seen.length).toBe(1);
  });
});

test('a chunk of a blob can be freed before the next one comes', async () => {
  const blob = await client().foundBlob(big.descriptor);
  const read: Buffer[] = [];
  const lengths = new Set<number>();
  for await (const chunk of blob as AsyncIterable<Buffer>) {
    read.push(Buffer.from(chunk));
    blob.release?.(chunk);
    lengths.add(chunk.length);
  }
  expect(Buffer.concat(read).equals(big.bytes)).toBe(true);
  expect([...lengths]).toEqual([0]);
  const shared = Buffer.from('somebody else looks at the rest');
  blob.release?.(shared.subarray(0, 8));
  expect(shared.toString()).toBe('somebody else looks at the rest');
});

describe('failures and patience', () => {
  test('429 and 5xx are tried again, Retry-After is honoured', async () => {
    const answers = [429, 503, 500];
    registry.before = (_request, response) => {
      const status = answers.shift();
      if (status === undefined) return false;
      response.writeHead(status, status === 429 ? { 'retry-after': '3' } : {}).end();
      return true;
    };
    expect((await readImages(open())).images.length).toBe(1);
    expect(waits.length).toBe(3);
    expect(waits[0]).toBeGreaterThanOrEqual(3000);
  });

  test('not for ever, and not for an hour', async () => {
    registry.before = (_request, response) => {
      response.writeHead(503).end();
      return true;
    };
    await expect(open({ attempts: 3 }).root()).rejects.toThrow(RegistryUnavailable);
    expect([registry.seen.length, waits.length]).toEqual([3, 2]);
    registry.before = (_request, response) => {
      response.writeHead(429, { 'retry-after': '3600' }).end();
      return true;
    };
    await expect(open().root()).rejects.toThrow(/3600 s/);
    expect(registry.seen.length).toBe(4);
  });

  test('a refused connection says that nothing answers', async () => {
    const closed = await startTinyRegistry();
    const { host } = closed;
    await closed.close();
    const gone = openRegistry({ registry: host, repository: 'a', tag: 'b' }, options());
    closing.push(gone);
    await expect(gone.root()).rejects.toThrow(/nothing answers/);
  });

  test('a server that never answers is given up', async () => {
    registry.before = () => true;
    await expect(open({ idleMs: 20, attempts: 2 }).root()).rejects.toThrow(/does not answer in time/);
  });

  test('a missing tag is NotFound, and what the registry says is printed without its escapes', async () => {
    const missing = open({}, 'nope').root();
    await expect(missing).rejects.toThrow(NotFound);
    await expect(missing).rejects.toThrow(/NAME_UNKNOWN/);
    const message = await missing.catch((error: unknown) => String(error));
    expect(message).not.toContain('\u001b');
  });

  test('a failed root is asked for again, a good one is not', async () => {
    const source = open({}, 'later');
    await expect(source.root()).rejects.toThrow(NotFound);
    registry.put(image, 'later');
    await source.root();
    const before = registry.seen.length;
    await source.root();
    expect(registry.seen.length).toBe(before);
  });

  test('a manifest that does not fit the digest the registry names, or the one asked for', async () => {
    registry.before = (request, response) => {
      const { bytes, mediaType } = registry.manifests.get('v1')!;
      response.setHeader('docker-content-digest', NOWHERE);
      sendBytes(request, response, bytes, mediaType);
      return true;
    };
    await expect(open().root()).rejects.toThrow(DigestMismatch);
    registry.before = () => false;
    registry.manifests.set(NOWHERE, { mediaType: 'application/json', bytes: Buffer.from('{}') });
    const pinned = openRegistry({ registry: registry.host, repository: 'team/app', digest: NOWHERE }, options());
    closing.push(pinned);
    await expect(pinned.root()).rejects.toThrow(DigestMismatch);
  });

  test('an endless manifest is not read to its end', async () => {
    registry.before = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/vnd.oci.image.index.v1+json' });
      const chunk = Buffer.alloc(1 << 20, 0x20);
      const more = () => void (response.destroyed || response.write(chunk, more));
      more();
      return true;
    };
    await expect(open().root()).rejects.toThrow(TooLarge);
  });
});

describe('redirects', () => {
  const credentials: CredentialsPort = async () => ({ username: 'user', password: 'secret-password' });
  const basic = `Basic ${Buffer.from('user:secret-password').toString('base64')}`;

  function wantBasic(then: TinyRegistry['before']): void {
    registry.before = (request, response, url) => {
      if (request.headers.authorization === basic) return then(request, response, url);
      response.writeHead(401, { 'www-authenticate': 'Basic realm="here"' }).end();
      return true;
    };
  }

  test('to another host carry no credentials; to the same one they do', async () => {
    wantBasic((_request, response, url) => {
      if (url.pathname !== bigPath || url.searchParams.has('again')) return false;
      response.writeHead(307, { location: `${other.origin}/stored?X-Amz-Signature=abc` }).end();
      return true;
    });
    other.before = (request, response) => {
      sendBytes(request, response, big.bytes, 'application/octet-stream');
      return true;
    };
    expect(await readBig({ credentials })).toBe(true);
    expect(other.seen.length).toBe(1);
    expect(other.seen[0]?.headers.authorization).toBeUndefined();
    expect(JSON.stringify(other.seen)).not.toContain('secret');

    wantBasic((_request, response, url) => {
      if (url.pathname !== bigPath || url.searchParams.has('again')) return false;
      response.writeHead(302, { location: `${bigPath}?again=1` }).end();
      return true;
    });
    expect(await readBig({ credentials })).toBe(true);
  });

  test('a challenge of the other host is not answered', async () => {
    wantBasic((_request, response) => {
      response.writeHead(307, { location: `${other.origin}/trap` }).end();
      return true;
    });
    other.before = (_request, response) => {
      response.writeHead(401, { 'www-authenticate': `Basic realm="trap"` }).end();
      return true;
    };
    await expect(readBig({ credentials })).rejects.toThrow(Unauthorized);
    expect(other.seen.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  test('after a cut, the registry is asked for a new place: presigned ones expire', async () => {
    registry.before = (_request, response, url) => {
      if (url.pathname !== bigPath) return false;
      response.writeHead(307, { location: `${other.origin}${bigPath}?n=${registry.seen.length}` }).end();
      return true;
    };
    const cut = cutAfter(900_000, 1);
    other.before = (request, response, url) => {
      if (cut(request, response, url)) return true;
      sendBytes(request, response, big.bytes, 'application/octet-stream');
      return true;
    };
    expect(await readBig()).toBe(true);
    expect(other.seen.map(({ path }) => path.split('?')[1])).toEqual(['n=1', 'n=2']);
  });

  test('in a circle end, as do those to other protocols', async () => {
    registry.before = (_request, response, url) => {
      response.writeHead(302, { location: url.pathname }).end();
      return true;
    };
    await expect(open().root()).rejects.toThrow(/more than 5 times/);
    expect(registry.seen.length).toBe(6);
    registry.before = (_request, response) => {
      response.writeHead(302, { location: 'file:///etc/passwd' }).end();
      return true;
    };
    await expect(open().root()).rejects.toThrow(RegistryRefused);
  });
});

describe('tokens', () => {
  function wantTokens(expiresIn: number | undefined): { issued: string[] } {
    const issued: string[] = [];
    registry.before = (request, response, url) => {
      if (url.pathname === '/token') {
        issued.push(`${url.search} ${request.headers.authorization ?? 'anonymous'}`);
        response.end(
          JSON.stringify({ token: `t${issued.length}`, ...(expiresIn === undefined ? {} : { expires_in: expiresIn }) }),
        );
        return true;
      }
      if (request.headers.authorization === `Bearer t${issued.length}` && issued.length > 0) return false;
      response
        .writeHead(401, {
          'www-authenticate': `Bearer realm="${registry.origin}/token",service="reg, istry",scope="repository:team/app:pull"`,
        })
        .end();
      return true;
    };
    return { issued };
  }

  test('are asked for once per scope, anonymously when no credentials are known', async () => {
    const { issued } = wantTokens(300);
    const { images } = await readImages(open());
    expect(images.length).toBe(1);
    expect(issued).toEqual(['?service=reg%2C+istry&scope=repository%3Ateam%2Fapp%3Apull anonymous']);
  });

  test('take credentials to the token service alone', async () => {
    const { issued } = wantTokens(300);
    await readImages(open({ credentials: async () => ({ username: 'u', password: 'p' }) }));
    expect(issued[0]).toContain(`Basic ${Buffer.from('u:p').toString('base64')}`);
    const onRegistry = registry.seen.filter(({ path }) => !path.startsWith('/token'));
    expect(onRegistry.every(({ headers }) => !headers.authorization?.startsWith('Basic'))).toBe(true);
  });

  test('that expired are renewed', async () => {
    const { issued } = wantTokens(0.000001);
    const source = open();
    await source.root();
    await source.manifest(image.descriptor);
    expect(issued.length).toBe(2);
  });

  test('that are refused are Unauthorized, with what to do', async () => {
    registry.before = (_request, response, url) => {
      if (url.pathname === '/token') response.writeHead(401).end();
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="${registry.origin}/token"` }).end();
      return true;
    };
    await expect(open().root()).rejects.toThrow(Unauthorized);
    await expect(open().root()).rejects.toThrow(/docker login/);
  });

  test('an identity token is exchanged, not sent as a password', async () => {
    let form = '';
    registry.before = (request, response, url) => {
      if (url.pathname === '/token') {
        request.on('data', (chunk: Buffer) => {
          form += chunk.toString();
        });
        request.on('end', () => response.end(JSON.stringify({ access_token: 'exchanged' })));
        return true;
      }
      if (request.headers.authorization === 'Bearer exchanged') return false;
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${registry.origin}/token",service="s"` }).end();
      return true;
    };
    await open({ credentials: async () => ({ username: '<token>', password: 'identity' }) }).root();
    expect(Object.fromEntries(new URLSearchParams(form))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'identity',
      scope: 'repository:team/app:pull',
    });
  });
});

describe('lists', () => {
  test('tags come page by page, and a next page elsewhere is not followed', async () => {
    registry.before = (_request, response, url) => {
      if (!url.pathname.endsWith('/tags/list')) return false;
      const last = url.searchParams.get('last');
      if (last === null) response.setHeader('link', '</v2/team/app/tags/list?n=2&last=b>; rel="next"');
      if (last === 'b') response.setHeader('link', `<${other.origin}/v2/team/app/tags/list>; rel="next"`);
      response.end(JSON.stringify({ name: 'team/app', tags: last === null ? ['a', 'b'] : ['c', 7] }));
      return true;
    };
    const tags: string[] = [];
    for await (const tag of client().tags(2)) tags.push(tag);
    expect(tags).toEqual(['a', 'b', 'c']);
    expect(other.seen).toEqual([]);
  });

  test('referrers by the API, by the tag where there is no API, and none at all', async () => {
    const sbom = buildArtifact({ artifactType: 'application/spdx+json', subject: image.descriptor });
    const listed = buildIndex([
      { image: { ...sbom, descriptor: { ...sbom.descriptor, artifactType: 'application/spdx+json' } } },
    ]);
    const bytes = listed.blobs.get(listed.descriptor.digest)!;
    expect(await client().referrers(image.descriptor.digest)).toEqual([]);
    registry.manifests.set(image.descriptor.digest.replace(':', '-'), {
      mediaType: listed.descriptor.mediaType,
      bytes,
    });
    expect((await client().referrers(image.descriptor.digest)).map(({ digest }) => digest)).toEqual([
      sbom.descriptor.digest,
    ]);
    registry.before = (_request, response, url) => {
      if (!url.pathname.includes('/referrers/')) return false;
      response.end(bytes);
      return true;
    };
    expect((await client().referrers(image.descriptor.digest, 'application/spdx+json')).length).toBe(1);
    expect(await client().referrers(image.descriptor.digest, 'application/other')).toEqual([]);
  });
});
