import { describe, expect, test } from 'vitest';
import { inventoryOf, named } from './images.ts';

const rockspec = `package = "LuaSocket"
local VER = "3.1.0"
version = VER .. "-1"
source = { url = "git+https://github.com/lunarmodules/luasocket.git", tag = "v" .. VER }
description = {
  summary = "Network support",
  homepage = "https://example.org",
  license = "MIT"
}
`;

describe('Lua rocks', () => {
  test('given installed rocks of several Lua versions, then the path says which they are', async () => {
    const inventory = await inventoryOf({
      'usr/local/lib/luarocks/rocks-5.1/luasocket/3.1.0-1/luasocket-3.1.0-1.rockspec': rockspec,
      'usr/local/lib/luarocks/rocks-5.1/luasocket/3.1.0-1/rock_manifest': 'rock_manifest = {}',
      'usr/local/openresty/luajit/lib/luarocks/rocks/lua-cjson/2.1.0-1/lua-cjson-2.1.0-1.rockspec':
        "license = 'MIT/X11'\n",
      'root/.luarocks/lib/luarocks/rocks-5.4/say/scm-1/say-scm-1.rockspec': 'package = "say"\n',
    });
    expect(named(inventory)).toEqual(['lua-cjson@2.1.0-1', 'luasocket@3.1.0-1', 'say@scm-1']);
    expect(inventory.packages[1]).toMatchObject({
      type: 'luarocks',
      key: { ecosystem: 'LuaRocks' },
      purl: 'pkg:luarocks/luasocket@3.1.0-1',
      licenses: ['MIT'],
    });
  });

  test('given rockspecs that nobody installed, then they are no packages', async () => {
    const inventory = await inventoryOf({
      'src/luasocket/luasocket-3.1.0-1.rockspec': rockspec,
      'usr/local/lib/luarocks/rocks-5.1/a/1.0-1/doc/b-1.0-1.rockspec': rockspec,
      'usr/local/lib/luarocks/rocks-5.1/a/1.0-1/b-1.0-1.rockspec': rockspec,
    });
    expect(inventory.packages).toEqual([]);
  });

  test('given a name that cannot be one, then it is a reason', async () => {
    const path = 'lib/luarocks/rocks-5.1/a b/1-1/a b-1-1.rockspec';
    const inventory = await inventoryOf({ [path]: rockspec });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons).toContainEqual(expect.objectContaining({ code: 'unreadable-evidence', path }));
  });
});
