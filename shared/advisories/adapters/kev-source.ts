import { readFile, stat } from 'node:fs/promises';
import { SourceUnavailable } from '../errors.ts';
import type { KevSource } from '../types.ts';
import { bodyOf, type HttpOptions, httpRequest, withoutCredentials } from './http-get.ts';

const limit = 64 << 20;

/** The catalogue of known exploited vulnerabilities from a file; a file that is not there is no catalogue. */
export function kevFile(path: string): KevSource {
  return {
    describe: path,
    async read() {
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) return undefined;
      if (found.size > limit) throw new SourceUnavailable(path, `it has ${found.size} bytes`);
      return readFile(path);
    },
  };
}

/** The same from a web server: CISA's own address or a mirror. */
export function kevHttp(address: string, options: HttpOptions = {}): KevSource {
  const url = new URL(address);
  const describe = withoutCredentials(url);
  return {
    describe,
    read: () =>
      httpRequest(
        url,
        {},
        async (answer) => {
          if (answer.statusCode === 404) {
            answer.resume();
            return undefined;
          }
          if (answer.statusCode !== 200) {
            answer.resume();
            throw new SourceUnavailable(describe, `it answers ${answer.statusCode ?? 'nothing'}`);
          }
          return bodyOf(answer, describe, limit);
        },
        options,
      ),
  };
}
