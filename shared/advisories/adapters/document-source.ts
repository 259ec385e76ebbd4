import { readFile, stat } from 'node:fs/promises';
import { SourceUnavailable } from '../errors.ts';
import type { DocumentSource } from '../types.ts';
import { bodyOf, type HttpOptions, httpRequest, webAddress, withoutCredentials } from './http-get.ts';

const limit = 64 << 20;

/** A publication that is one document from a file; a file that is not there is no publication. */
export function documentFile(path: string): DocumentSource {
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

/** The same from a web server: the publisher's own address or a mirror. Throws SourceUnavailable for what is no address. */
export function documentHttp(address: string, options: HttpOptions = {}): DocumentSource {
  const url = webAddress(address);
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
