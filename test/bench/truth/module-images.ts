import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Recipe } from './recipe.ts';
import { goModule } from './run-tool.ts';

// Where a distribution's mirrors are out of reach, what it published is still in the test data of Go modules: whole images, databases, packages.

/** Go modules that carry them, at versions whose test data is known */
export const modules = {
  trivy: ['github.com/aquasecurity/trivy', 'v0.58.0'],
  scalibr: ['github.com/google/osv-scalibr', 'v0.4.6-0.20260727075515-eb1ca153f805'],
  syft: ['github.com/anchore/syft', 'v1.57.1'],
  openvex: ['github.com/openvex/discovery', 'v0.1.1-0.20240802171711-7c54efc57553'],
  rekor: ['github.com/sigstore/rekor', 'v1.3.6'],
  rpmdb: ['github.com/anchore/go-rpmdb', 'v0.2.2'],
  rpmutils: ['github.com/sassoftware/go-rpmutils', 'v0.4.0'],
  apko: ['chainguard.dev/apko', 'v0.30.0'],
} as const;

/** A file in a module's folder. */
export type Place = readonly [module: keyof typeof modules, file: string];

/** Where it is on this machine. */
export async function found([module, file]: Place): Promise<string> {
  const [name, version] = modules[module];
  return path.join(await goModule(name, version), file);
}

/** Writes a file of an image's tree, with the folders above it. */
export function put(root: string, file: string, text: string): void {
  const place = path.join(root, file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, text);
}

/** A published image as `docker save` wrote it. */
export function saved(name: string, place: Place): Recipe {
  return {
    name,
    needs: ['go', 'skopeo'],
    async make(folder) {
      const archive = await found(place);
      if (!archive.endsWith('.gz')) return { archive };
      const unpacked = path.join(folder, 'image.tar');
      writeFileSync(unpacked, gunzipSync(readFileSync(archive)));
      return { archive: unpacked };
    },
  };
}
