import { readFileSync } from 'node:fs';
import path from 'node:path';
import { zstdDecompressSync } from 'node:zlib';

/**
 * The database of a cache that Conan 2.34.0 wrote: nlohmann_json 3.11.3 and, in two builds, zlib 1.3.1 of acme/stable were created, of openssl 3.2.0 only the recipe was
 * exported (`conan create`, `conan export`).
 */
export function conanCache(): Buffer {
  return zstdDecompressSync(readFileSync(path.join(import.meta.dirname, 'fixtures/conan/cache.sqlite3.zst')));
}
