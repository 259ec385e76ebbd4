import { hash } from 'node:crypto';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { elfFile } from '../shared/inventory/elf-builder.ts';
import { drydock, freshFolder } from './command.ts';
import { debianImage, writeAdvisories, writeLayout } from './stored-images.ts';

const home = freshFolder();
const advisories = writeAdvisories(path.join(home, 'advisories'), []);
const program = elfFile({ loader: '/lib/ld-musl-x86_64.so.1', sections: { '.comment': Buffer.from('GCC') } });
const layout = writeLayout(
  path.join(home, 'layout'),
  debianImage(
    { base: '12.4' },
    {
      'app/run.sh': { content: '#!/bin/sh -e\nexec true\n', mode: 0o755 },
      'usr/local/bin/as-root': { content: program, mode: 0o4755 },
      'usr/local/bin/ping': {
        content: program,
        mode: 0o755,
        // cap_net_raw, permitted and effective (vfs_cap_data, revision 2)
        xattrs: { 'security.capability': Buffer.from('0100000200200000000000000000000000000000', 'hex') },
      },
    },
    {
      user: '1000:1000',
      entrypoint: ['/app/run.sh'],
      command: ['--port', '8080'],
      exposedPorts: ['8080/tcp'],
      volumes: ['/data'],
      environment: ['PATH', 'TOKEN'],
      healthCheck: ['CMD-SHELL', 'curl -f http://localhost:8080/'],
      labels: { 'org.opencontainers.image.source': 'https://example.com/shop' },
      workingDir: '/app',
    },
  ),
);

const scan = async (...args: string[]) => {
  const { stdout } = await drydock(['scan', layout, '--advisories', advisories, '-f', 'json', ...args], { home });
  return JSON.parse(stdout);
};

describe('what can run in an image, and how it runs', () => {
  test('given --files, then every executable comes with the layer and the command that brought it', async () => {
    const { executables, image } = await scan('--files');
    expect(executables.count).toBe(3);
    expect(executables.all.map((file: { path: string; mode: string }) => [file.path, file.mode])).toEqual([
      ['app/run.sh', '0755'],
      ['usr/local/bin/as-root', '4755'],
      ['usr/local/bin/ping', '0755'],
    ]);
    expect(executables.all[0]).toMatchObject({
      interpreter: '/bin/sh -e',
      loader: null,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      owner: null,
      layer: image.layers[1].digest,
      createdBy: 'COPY app /app',
    });
    expect(executables.all[1]).toMatchObject({ interpreter: null, loader: '/lib/ld-musl-x86_64.so.1' });
  });

  test('given --files after a scan without, then every executable has its hash all the same', async () => {
    const fresh = freshFolder();
    const ask = async (...args: string[]) => {
      const ran = await drydock(['scan', layout, '--advisories', advisories, '-f', 'json', ...args], { home: fresh });
      return JSON.parse(ran.stdout).executables;
    };
    const before = await ask();
    const { all, ...after } = await ask('--files');
    expect({ ...after, all: null }).toEqual(before);
    expect(all.map(({ sha256 }: { sha256: string }) => sha256)).toEqual([
      hash('sha256', '#!/bin/sh -e\nexec true\n'),
      hash('sha256', program),
      hash('sha256', program),
    ]);
  });

  test('given no --files, then they are counted, and those with more rights than their caller are named', async () => {
    const { executables } = await scan();
    expect(executables).toMatchObject({ count: 3, all: null });
    expect(
      executables.privileged.map((file: { path: string; capabilities: string[]; sha256: string }) => [
        file.path,
        file.capabilities,
        file.sha256,
      ]),
    ).toEqual([
      ['usr/local/bin/as-root', [], hash('sha256', program)],
      ['usr/local/bin/ping', ['cap_net_raw'], hash('sha256', program)],
    ]);
  });

  test('given a config, then all that says how the image runs is there, and no value of a variable', async () => {
    const { image } = await scan();
    expect(image.config).toEqual({
      user: '1000:1000',
      workingDir: '/app',
      entrypoint: ['/app/run.sh'],
      command: ['--port', '8080'],
      ports: ['8080/tcp'],
      volumes: ['/data'],
      environment: ['PATH', 'TOKEN'],
      labels: { 'org.opencontainers.image.source': 'https://example.com/shop' },
      healthCheck: ['CMD-SHELL', 'curl -f http://localhost:8080/'],
      history: [
        { createdBy: 'ADD rootfs /', emptyLayer: false },
        { createdBy: 'COPY app /app', emptyLayer: false },
      ],
    });
  });
});
