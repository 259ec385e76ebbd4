import { describe, expect, test } from 'vitest';
import { inventoryOf, osRelease, stanza } from './images.ts';

/** Whether coverage calls a library at this path one that nobody knows, in a Debian that lists its files. */
async function isStrange(path: string): Promise<boolean> {
  const { coverage } = await inventoryOf({
    'etc/os-release': osRelease.debian12,
    'var/lib/dpkg/status': stanza('bash', '5.2'),
    'var/lib/dpkg/info/bash.list': '/.\n/bin/bash\n',
    [path]: { content: '\x7fELFx', mode: 0o755 },
  });
  return coverage.reasons.some(({ text }) => text.includes('that no package owns'));
}

describe('programs and libraries that no package owns', () => {
  test.each([
    ['a module of npm', 'app/node_modules/bcrypt/lib/binding/bcrypt.node'],
    ['an extension of a gem', 'usr/local/bundle/extensions/x86_64-linux/3.1.0-static/nokogiri-1.13.10/nokogiri.so'],
    ['a library of an R package', 'usr/local/lib/R/site-library/jsonlite/libs/jsonlite.so'],
    ['a library of R itself', 'opt/R/4.2.2/lib/R/library/stats/libs/stats.so'],
    ['a library of an Erlang application', 'app/lib/crypto-5.1.2/priv/lib/crypto.so'],
    ['a module of Lua', 'usr/local/lib/lua/5.1/socket/core.so'],
    ['an artifact of Julia', `root/.julia/artifacts/${'0123456789'.repeat(4)}/lib/libssl.so`],
  ])('given %s, then it belongs to its package', async (_, path) => {
    expect(await isStrange(path)).toBe(false);
  });

  test.each([
    'opt/tool/run',
    'opt/library/tool/run',
    'srv/artifacts/run/tool',
    'srv/extensions/tool/run',
    'srv/lib/tool/priv/run',
  ])('given %s, then coverage names it', async (path) => {
    expect(await isStrange(path)).toBe(true);
  });
});
