import { execFileSync, execSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { bundling, projectRoot, threadBundles, threadCommand } from '../../infra/bundling.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'drydock-threads-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a bundled function unpacks a large layer in the thread that is bundled beside it', async () => {
  const entry = path.join(folder, 'entry.ts');
  writeFileSync(
    entry,
    `import { Readable } from 'node:stream';
     import { digestOf, unpackLayer } from ${JSON.stringify(path.join(projectRoot, 'shared/oci/index.ts'))};
     const layer = Buffer.alloc(5_000_000, 'layer');
     let bytes = 0;
     await unpackLayer(Readable.from([layer]), {
       descriptor: { mediaType: 'a layer', digest: digestOf(layer), size: layer.length },
       source: 'a test',
       take: (chunk) => { bytes += chunk.length; },
     });
     console.log(bytes);`,
  );
  const outfile = path.join(folder, 'index.mjs');
  const { banner, mainFields, ...rest } = bundling;
  await build({
    ...rest,
    mainFields: [...mainFields],
    banner: { js: banner },
    entryPoints: [entry],
    outfile,
    bundle: true,
  });
  const run = (): string => execFileSync(process.execPath, [outfile], { cwd: folder, stdio: 'pipe' }).toString();
  expect(run, 'without the thread it must not seem to work').toThrow();
  const [thread, ...others] = threadBundles('scan-image', folder);
  expect(others).toEqual([]);
  execSync(threadCommand(thread!), { cwd: projectRoot });
  expect(run()).toBe('5000000\n');
});

test('functions that read no layers bring no threads', () => {
  expect(threadBundles('alert', folder)).toEqual([]);
});
