import { licensesOf, packageDrafts } from './drafts.ts';
import type { Extractor } from './extractor.ts';

const installed = /(?:^|\/)luarocks\/rocks(?:-[\d.]+)?\/([^/]+)\/([^/]+)\/\1-\2\.rockspec$/;
const beginning = 1 << 16;

/**
 * Installed Lua rocks: `luarocks/rocks-<Lua version>/<name>/<version>/<name>-<version>.rockspec`. LuaRocks makes the path; the rockspec itself is a Lua
 * program that may compute its version, so only the licence is taken from it.
 */
export const luarocks: Extractor = {
  name: 'luarocks',
  version: 1,
  concerns: { endings: ['.rockspec'] },
  wants({ path, base, size }) {
    return size > 0 && base.endsWith('.rockspec') && installed.test(path) ? 'content' : undefined;
  },
  read(file) {
    const [, name = '', version = ''] = installed.exec(file.path) ?? [];
    const text = file.bytes.toString('utf8', 0, beginning);
    const license = /^[ \t]*license[ \t]*=[ \t]*(["'])([^"'\n]{1,200})\1/m.exec(text)?.[2];
    return packageDrafts([{ type: 'luarocks', name: name.toLowerCase(), version, ...licensesOf([license]) }]);
  },
};
