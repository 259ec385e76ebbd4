import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { digestOf } from '#shared/oci';
import { aFolder, aRegistry, codeOf, imageManifest } from './a-registry.ts';

describe('a registry that starts on what another left', () => {
  test('serves the same images, tags and referrers', async () => {
    const folder = await aFolder();
    const first = await aRegistry({ folder });
    const { digest, body, layer } = await first.image('team/app', 'V1.0', 'layer');
    const referrer = imageManifest(Buffer.from('{"os":"linux","architecture":"amd64"}'), [], {
      subject: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: body.length },
    });
    await first.manifest('team/app', 'note', referrer);
    await first.close();

    const second = await aRegistry({ folder });
    const got = await second.ask('GET', '/v2/team/app/manifests/V1.0');
    expect(got.body.equals(body)).toBe(true);
    expect((await second.ask('GET', `/v2/team/app/blobs/${layer}`)).body.toString()).toBe('layer');
    const listed = JSON.parse((await second.ask('GET', `/v2/team/app/referrers/${digest}`)).body.toString());
    expect(listed.manifests).toHaveLength(1);
    expect(JSON.parse((await second.ask('GET', '/v2/team/app/tags/list')).body.toString()).tags).toEqual([
      'V1.0',
      'note',
    ]);
  });

  test('forgets half uploads, and blobs that no repository shows', async () => {
    const folder = await aFolder();
    const first = await aRegistry({ folder });
    const location = String((await first.ask('POST', '/v2/app/blobs/uploads/')).headers.location);
    await first.ask('PATCH', location, { body: 'half' });
    const { layer } = await first.image('app', 'v1', 'layer');
    await first.close();
    // what a kill between the move of a blob and its link leaves
    const orphan = digestOf(Buffer.from('orphan')).slice('sha256:'.length);
    const shelf = path.join(folder, 'blobs', 'sha256', orphan.slice(0, 2));
    await mkdir(shelf, { recursive: true });
    await writeFile(path.join(shelf, orphan), 'orphan');

    const second = await aRegistry({ folder });
    const files = await second.files();
    expect(files.filter((file) => file.includes('uploads/') || file.includes(orphan))).toEqual([]);
    expect((await second.ask('HEAD', `/v2/app/blobs/${layer}`)).status).toBe(200);
    expect((await second.ask('PATCH', location, { body: 'rest' })).status).toBe(404);
  });

  test('does not believe a referrer whose manifest never came', async () => {
    const folder = await aFolder();
    const subject = digestOf(Buffer.from('subject'));
    const ghost = digestOf(Buffer.from('ghost'));
    const entries = path.join(folder, 'repositories', 'r+app', 'referrers', subject.replace(':', '-'));
    await mkdir(entries, { recursive: true });
    await writeFile(
      path.join(entries, ghost.replace(':', '-')),
      JSON.stringify({ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: ghost, size: 1 }),
    );
    const registry = await aRegistry({ folder });
    const listed = await registry.ask('GET', `/v2/app/referrers/${subject}`);
    expect(JSON.parse(listed.body.toString()).manifests).toEqual([]);
  });

  test('says so when the disk changed a manifest, and lets it be deleted', async () => {
    const registry = await aRegistry();
    const { digest } = await registry.image('app', 'v1', 'layer');
    const file = path.join(registry.folder, 'repositories', 'r+app', 'manifests', digest.replace(':', '-'));
    await writeFile(file, (await readFile(file, 'utf8')).replace('"schemaVersion":2', '"schemaVersion":3'));
    const got = await registry.ask('GET', '/v2/app/manifests/v1');
    expect([got.status, codeOf(got)]).toEqual([500, 'UNKNOWN']);
    expect(registry.faults).toHaveLength(1);
    expect((await registry.ask('DELETE', `/v2/app/manifests/${digest}`)).status).toBe(202);
    expect((await registry.ask('GET', '/v2/app/manifests/v1')).status).toBe(404);
  });

  test('serves, after kill -9 in the middle of a push, what was acknowledged and nothing else', async () => {
    const folder = await aFolder();
    const child = spawn(process.execPath, [fileURLToPath(new URL('./serve.ts', import.meta.url)), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
    const config = Buffer.from('{}');
    const post = (bytes: Buffer) =>
      fetch(`${url}/v2/app/blobs/uploads/?digest=${digestOf(bytes)}`, { method: 'POST', body: new Uint8Array(bytes) });
    expect((await post(config)).status).toBe(201);
    const kept = Buffer.from(JSON.stringify(imageManifest(config, [])));
    const put = await fetch(`${url}/v2/app/manifests/kept`, {
      method: 'PUT',
      headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      body: new Uint8Array(kept),
    });
    expect(put.status).toBe(201);
    // pushes that go on until the process is gone
    const acknowledged: Buffer[] = [];
    const pushing = (async () => {
      for (let i = 0; ; i++) {
        const bytes = Buffer.alloc(200_000, i);
        const answer = await post(bytes);
        if (answer.status === 201) acknowledged.push(bytes);
        if (acknowledged.length === 3) child.kill('SIGKILL');
      }
    })().catch(() => undefined);
    await Promise.all([once(child, 'exit'), pushing]);

    const registry = await aRegistry({ folder });
    expect((await registry.ask('GET', '/v2/app/manifests/kept')).body.equals(kept)).toBe(true);
    expect(acknowledged.length).toBeGreaterThanOrEqual(3);
    for (const bytes of acknowledged) {
      const got = await registry.ask('GET', `/v2/app/blobs/${digestOf(bytes)}`);
      expect(got.body.equals(bytes)).toBe(true);
    }
    const files = await registry.files();
    const blobs = files.filter((file) => file.startsWith('blobs/'));
    for (const file of blobs) {
      expect(digestOf(await readFile(path.join(folder, file)))).toBe(`sha256:${path.posix.basename(file)}`);
    }
    expect(files.filter((file) => file.startsWith('uploads/'))).toEqual([]);
  });
});
