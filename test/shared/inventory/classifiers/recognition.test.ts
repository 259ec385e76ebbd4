import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { candidatesFor, productOf, products, Recognition } from '../../../../shared/inventory/classifiers/index.ts';
import { contentOf, recognised, recordedFiles } from './recorded.ts';

/** The version that a package's own number says: without epoch, without what the distribution adds. */
function upstreamOf(of: string): string {
  const version = of.split(' ').at(-1) ?? '';
  return /really([\d.]+)/.exec(version)?.[1] ?? version.replace(/^\d+:/, '').replace('~', '-');
}

/** Texts that end with one zero, filled up with zeros to a multiple of eight bytes. */
function alignedTexts(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const filled = text.replace(/([^\0]+)\0/g, (_, each: string) =>
    each.padEnd(each.length + 8 - (each.length % 8), '\0'),
  );
  return Buffer.from(filled, 'latin1');
}

describe('recorded programs', () => {
  test.each(recordedFiles)('$file of $of is $product $version', (recorded) => {
    const found = recognised(recorded.file, contentOf(recorded));

    expect({ product: found?.product.id, version: found?.version }).toEqual({
      product: recorded.product,
      version: recorded.version,
    });
  });

  test('their versions are those of the packages that they were installed with', () => {
    const otherwiseWritten = new Set(['ghostscript', 'imagemagick']);
    const wrong = recordedFiles.filter(
      ({ of, version, product }) =>
        of.startsWith('Debian ') && !otherwiseWritten.has(product) && !upstreamOf(of).startsWith(version),
    );
    expect(wrong).toEqual([]);
    expect(new Set(recordedFiles.map(({ product }) => product)).size).toBeGreaterThanOrEqual(85);
  });

  test('are recognised as well where each text begins at a multiple of eight bytes, as compilers for AArch64 lay them out', () => {
    const missed = recordedFiles.filter(({ product, file, bytes, version }) => {
      // Go's linker puts texts side by side on every processor
      if (productOf(product)?.goModule !== undefined) return false;
      const aligned = bytes.map((piece) => alignedTexts(Buffer.from(piece, 'base64')).toString('base64'));
      return recognised(file, contentOf({ bytes: aligned }))?.version !== version;
    });
    expect(missed.map(({ of }) => of)).toEqual([]);
  });

  test('a match is the same wherever the chunks end', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...recordedFiles),
        fc.nat(700),
        fc.array(fc.nat(2000), { maxLength: 12 }),
        (recorded, offset, cuts) => {
          const whole = Buffer.concat([Buffer.alloc(offset, 0x41), contentOf(recorded)]);
          const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
          const chunks = places.slice(1).map((end, index) => whole.subarray(places[index], end));

          expect(recognised(recorded.file, ...chunks)).toEqual(recognised(recorded.file, whole));
          expect(recognised(recorded.file, ...chunks)?.version).toBe(recorded.version);
        },
      ),
      { numRuns: 600 },
    );
  });

  test('one byte at a time is enough', () => {
    for (const recorded of recordedFiles) {
      const bytes = contentOf(recorded);
      const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
      expect(recognised(recorded.file, ...single)?.version, recorded.file).toBe(recorded.version);
    }
  });

  test('a chunk may be used again by its owner', () => {
    for (const recorded of recordedFiles) {
      const bytes = contentOf(recorded);
      const recognition = new Recognition(candidatesFor(recorded.file));
      const reused = Buffer.alloc(16);
      for (let at = 0; at < bytes.length; at += 16) {
        const chunk = reused.subarray(0, bytes.copy(reused, 0, at));
        recognition.data(chunk);
        reused.fill(0xff);
      }
      expect(recognition.end()?.version, recorded.file).toBe(recorded.version);
    }
  });
});

describe('what is none', () => {
  const none: readonly (readonly [file: string, content: string, why: string])[] = [
    ['nginx', 'server_tokens off; # like nginx/1.2.3\n', 'a text that speaks of a version'],
    ['ngx_http_brotli_module.so', '\0nginx version: nginx/1.25.3\n\0', 'a module that names its host'],
    ['libmysqlclient.so.21', '\0MySQL 8.0.36\0Community Server\0', 'a client library that knows a server'],
    ['mysqld', '\0Old MySQL 8.0 protocol\0see mysql-8.0 manual\0', 'a manual is no build path'],
    [
      'electron',
      '\0Videos\0chrome-extension://\x0a6.0.6478.234\0',
      'what mends its Chromium without changing the number',
    ],
    ['redis-server', '\0Both must be at least 7.0.0\0', 'a requirement'],
    ['openssl', '\0OPENSSL_3.0.0\0OpenSSL 1.1.1 or newer\0', 'a symbol version and a requirement'],
    ['curl', '\0usage of curl 7 and curl 8.x\0', 'no whole version'],
    ['python3', '\0Python %s\0import of python3.11\0', 'no version of its own'],
    ['php', '<?php echo "PHP/8.2.1"; ?>', 'a script'],
    ['wget', '\x001.21.3\0', 'a number alone, without what proves wget'],
    ['sqlite3', '\x003.40.1\0', 'a number alone, without what proves SQLite'],
    ['git', '\0see git/2.39.5 docs\0', 'a sentence'],
    ['bash', '\0@(#)Bash version %s\0', 'a format'],
    ['java', '\0java\x001.8\0', 'the class file version alone'],
    ['busybox', '\0BusyBox v%s\0', 'a format'],
    ['gpgv', '\x001.10.3\0\0Copyright (C) 2023 Someone\0', 'the version of a library'],
    ['terraform', 'see 1.5.0\n since v1.3.0\n', 'sentences, without what proves Terraform'],
    ['vault', 'dep\tgithub.com/hashicorp/vault/api\tv1.10.0\th1:x=\n', 'a program that uses a client of it'],
    ['traefik', 'path\tmain\nmod\tgithub.com/someone/traefik-forward-auth\tv2.2.0\t\n', 'another module'],
  ];

  test.each(none)('%s with %j (%s)', (file, content) => {
    expect(recognised(file, `\x7fELF${content}`)).toBeUndefined();
  });

  test('names that no product has are not looked into', () => {
    for (const file of ['app', 'libfoo.so.1', 'nginx.conf', 'python.py', 'redis-server.service', '']) {
      expect(recognised(file, '\0nginx version: nginx/1.25.3\n\0'), file).toBeUndefined();
    }
  });

  test('a Docker engine from 29 on is no older one, whose module has other versions', () => {
    const built = (module: string, version: string) =>
      `path\t${module}/cmd/dockerd\nmod\t${module}\t(devel)\t\nbuild\t-ldflags="-X \\"${module}/dockerversion.Version=${version}\\""\n`;
    expect(recognised('dockerd', built('github.com/docker/docker', '28.5.2'))).toMatchObject({
      product: { id: 'moby', judge: { by: 'go' } },
      version: '28.5.2',
    });
    expect(recognised('dockerd', built('github.com/moby/moby/v2', '29.8.0'))).toMatchObject({
      product: { id: 'docker-engine', judge: { by: 'nobody' } },
      version: '29.8.0',
    });
  });

  test('a Valkey that was copied under its old name is no Redis', () => {
    const valkey = recordedFiles.find(({ product }) => product === 'valkey');
    const alike = '\x008.1.1\0c11-builtin\0';
    expect(recognised('redis-server', valkey === undefined ? '' : contentOf(valkey), alike)).toMatchObject({
      product: { id: 'valkey' },
      version: valkey?.version,
    });
    expect(recognised('redis-server', alike)).toMatchObject({ product: { id: 'redis' }, version: '8.1.1' });
  });

  test('a client of MariaDB is no MySQL, a server of OpenResty no nginx, AWS-LC no OpenSSL', () => {
    expect(recognised('mysqld', '\x0010.6.15-MariaDB\0/mysql-8.0.1/')?.product.id).toBe('mariadb');
    expect(recognised('nginx', '\0nginx version: openresty/1.21.4.3\n')?.product.id).toBe('openresty');
    expect(recognised('openssl', 'strict.\0OpenSSL 1.1.1 (compatible; AWS-LC 1.69.0)\0')?.product.id).toBe('aws-lc');
  });
});

describe('a version that the bytes do not tell', () => {
  test('is unknown, and the product is known all the same', () => {
    const found = recognised('vault', 'path\tgithub.com/hashicorp/vault\nmod\tgithub.com/hashicorp/vault\t(devel)\t\n');
    expect(found).toMatchObject({ product: { id: 'vault' }, version: undefined });
  });

  test('where none is ever written, the product is known by what stands in it', () => {
    const library = '\0OpenSSL 1.1.1 (compatible; BoringSSL)\0';
    expect(recognised('libcrypto.so', library)).toMatchObject({ product: { id: 'boringssl' }, version: undefined });
    expect(recognised('libfreetype.so.6.18.3', 'x', '\0FREETYPE_PROP', 'ERTIES\0')).toMatchObject({
      product: { id: 'freetype' },
      version: undefined,
    });
    expect(recognised('libfreetype.so.6', '\0FT_Init_FreeType\0')).toBeUndefined();
    expect(recognised('libldap.so.2', '\0X_OPENLDAP\0OpenLDAP\0')).toMatchObject({ product: { id: 'openldap' } });
    expect(recognised('libmbedcrypto.so.16', '\0mbedtls_version_get_string_full\0')).toMatchObject({
      product: { id: 'mbedtls' },
    });
    expect(recognised('ffmpeg', '\0FFmpeg version N-47683-g0e8eb07980-static \0')).toMatchObject({
      product: { id: 'ffmpeg' },
      version: undefined,
    });
    expect(recognised('libcrypto.so.1.1', '\0OpenSSL 1.1.1w  11 Sep 2023\0')).toMatchObject({
      product: { id: 'openssl' },
    });
  });

  test('a version that a commit stands for is none', () => {
    const line = 'mod\tgithub.com/hashicorp/vault\tv0.0.0-20240101120000-abcdefabcdef\t\n';
    expect(recognised('vault', line)).toMatchObject({ version: undefined });
  });

  test('what the build was told stands before what the module says', () => {
    const info =
      'mod\tgithub.com/hashicorp/consul\tv1.0.0\t\nbuild\t-ldflags="-X github.com/hashicorp/consul/version.GitDescribe=1.12.9"\n';
    expect(recognised('consul', info)?.version).toBe('1.12.9');
  });

  test('Java 8 is written as advisories write it', () => {
    expect(recognised('java', 'openjdk\0java\x001.8\x001.8.0_352-b08\0')?.version).toBe('8.0.352');
  });
});

describe('hostile bytes', () => {
  const texts = products.flatMap(({ classifiers }) =>
    classifiers.flatMap(({ marks, proofs = [] }) => [...marks.map(({ anchor }) => anchor), ...proofs]),
  );
  const names = products.flatMap(({ classifiers }) => classifiers.flatMap((classifier) => classifier.names));
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(...texts),
      fc.constantFrom('\0', '1.2.3', '3.40.1', '\x003.', '.', '9'.repeat(40), '-', ' ', '\n', '(', 'v'),
      fc.uint8Array({ maxLength: 24 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    ),
    { maxLength: 60 },
  );

  test('nothing but a plausible version is ever read out of them, in any chunks', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.array(pieces, { maxLength: 4 }), (name, parts) => {
        const chunks = parts.map((part) => part.join(''));
        const found = recognised(name, ...chunks);
        if (found?.version !== undefined) expect(found.version).toMatch(/^\d[\w.+-]{0,60}$/);
        expect(recognised(name, chunks.join(''))).toEqual(found);
      }),
      { numRuns: 1500 },
    );
  });

  test('a file that is made of anchors is given up, not searched for ever', () => {
    for (const { classifiers } of products) {
      for (const {
        names: [name = ''],
        marks,
      } of classifiers) {
        const flood = marks.map(({ anchor }) => anchor.repeat(20_000)).join('');
        expect(recognised(name, flood)?.version, name).toBeUndefined();
      }
    }
  });

  test('recorded programs with damaged bytes never break it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...recordedFiles),
        fc.array(fc.tuple(fc.nat(900), fc.nat(255)), { minLength: 1, maxLength: 40 }),
        (recorded, damage) => {
          const bytes = contentOf(recorded);
          for (const [at, value] of damage) bytes[at % bytes.length] = value;
          const version = recognised(recorded.file, bytes)?.version;
          if (version !== undefined) expect(version).toMatch(/^\d[\w.+-]{0,60}$/);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
