import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { tarBytes } from '#shared/oci';
import { mostSbomBytes } from '#shared/sbom';
import { openPiped, readPipedName } from '../../cli/scan/piped-target.ts';
import { layoutFiles } from '../shared/oci/stored.ts';
import { drydock, freshFolder } from './command.ts';
import {
  debianImage,
  debianLayers,
  nodeModule,
  writeAdvisories,
  writeDockerArchive,
  writeLayout,
} from './stored-images.ts';

const home = freshFolder();
const at = (name: string): string => path.join(home, name);
const layers = debianLayers({ curl: '7.88.1-10' }, nodeModule('lodash', '4.17.20'));
const saved = readFileSync(writeDockerArchive(at('saved.tar'), layers));
const image = debianImage({ curl: '7.88.1-10' }, nodeModule('lodash', '4.17.20'));
const oci = tarBytes(layoutFiles([{ image, name: 'app' }]));
const advisories = writeAdvisories(at('advisories'), [
  { id: 'DSA-1-1', ecosystem: 'Debian:12', package: 'curl' },
  { id: 'GHSA-aaaa-bbbb-cccc', ecosystem: 'npm', package: 'lodash' },
]);
const temporary = at('tmp');
mkdirSync(temporary);
const scan = (input: string | Buffer, name = '-') =>
  drydock(['scan', name, '--advisories', advisories, '--format', 'json'], {
    home,
    input,
    environment: { TMPDIR: temporary },
  });
const found = ({ stdout }: { stdout: string }): string[] =>
  (JSON.parse(stdout) as { findings: { vulnerability: string }[] }).findings.map(({ vulnerability }) => vulnerability);

describe('drydock scan -', () => {
  test.each([
    ['a docker save archive', saved],
    ['the same compressed with gzip', gzipSync(saved)],
    ['an OCI archive', oci],
    ['the same compressed with zstd', zstdCompressSync(oci)],
  ])('judges %s, and leaves no temporary file', async (_, input) => {
    const ran = await scan(input);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(found(ran).sort()).toEqual(['DSA-1-1', 'GHSA-aaaa-bbbb-cccc']);
    expect(JSON.parse(ran.stdout)).toMatchObject({ image: { name: 'stdin', readFrom: null } });
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('judges a bill that drydock wrote, and its SBOM can be made from a pipe too', async () => {
    const bill = await drydock(['sbom', writeLayout(at('layout'), image)], { home });
    const ran = await scan(bill.stdout);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(found(ran).sort()).toEqual(['DSA-1-1', 'GHSA-aaaa-bbbb-cccc']);
    const again = await drydock(['sbom', '-', '--format', 'spdx-json'], { home, input: bill.stdout });
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain(image.descriptor.digest);
    const made = await drydock(['sbom', '-'], { home, input: oci });
    expect(made.stdout).toContain('pkg:npm/lodash@4.17.20');
  });

  test('chooses among several images by name', async () => {
    const other = debianImage({ base: '12.4' }, { 'app/run.sh': '#!/bin/sh\n' });
    const both = tarBytes(
      layoutFiles([
        { image, name: 'app' },
        { image: other, name: 'other' },
      ]),
    );
    expect(found(await scan(both, 'archive:-:app'))).toHaveLength(2);
    expect(found(await scan(both, 'oci-archive:-:other'))).toEqual([]);
    expect((await scan(both)).stderr).toMatch(/^drydock: archive from stdin: it holds several images/);
  });

  test.each([
    ['nothing', '', /nothing came through the pipe; the command before it may have failed/],
    [
      'a bill that was cut off',
      '{"bomFormat":"CycloneDX","specVersion":"1.6",',
      /stdin: it is no sound JSON\. .*cut off/,
    ],
    ['JSON of another kind', '{"name":"app"}', /stdin: this is no bill of materials that is read/],
    ['words', 'Usage: syft [options]\n', /stdin: it begins like neither a bill of materials nor an archive\. Pipe in/],
    ['an archive that was cut off', saved.subarray(0, 700), /archive from stdin: it is no sound tar archive/],
    ['gzip that was cut off', gzipSync(saved).subarray(0, 900), /archive from stdin: /],
    ['a tar of something else', tarBytes([{ path: 'a', content: 'b' }]), /archive from stdin: it holds neither/],
    ['xz', Buffer.from('fd377a585a000000', 'hex'), /stdin: it is compressed with xz/],
  ])('says of %s what it is and what to do', async (_, input, message) => {
    const ran = await scan(input);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).toMatch(/^drydock: [^\n]+\n$/);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('what is piped in', () => {
  const signal = new AbortController().signal;
  const draw = (): void => undefined;
  const folder = at('bounded');
  mkdirSync(folder);

  test('is named by a dash, with the name of an image behind it or without', () => {
    expect(readPipedName('-')).toEqual({});
    expect(readPipedName('docker-archive:-')).toEqual({});
    expect(readPipedName('archive:-:app:1')).toEqual({ wanted: 'app:1' });
    for (const other of ['--', '-x', 'app', './-', 'archive:-:', 'archive:-x', 'sbom:-', ''])
      expect(readPipedName(other), other).toBeUndefined();
  });

  test('is not waited for at a terminal', async () => {
    const input = Object.assign(Readable.from([Buffer.from('x')]), { isTTY: true });
    await expect(openPiped({ input, signal, draw })).rejects.toThrow(/reads what is piped in, and nothing is/);
  });

  test('may come in any pieces', async () => {
    const bytes = [...saved].slice(0, 5000).map((byte) => Buffer.from([byte]));
    const rest = saved.subarray(5000);
    const target = await openPiped({ input: Readable.from([...bytes, rest]), signal, draw, folder });
    expect(target.kind === 'image' && (await target.source.root()).descriptor.size).toBeGreaterThan(0);
    expect(readdirSync(folder)).toHaveLength(1);
    if (target.kind === 'image') await target.source.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is read no further than it may be, and what was kept of it is gone', async () => {
    let pulled = 0;
    async function* endless(first: Buffer): AsyncGenerator<Buffer> {
      yield first;
      for (;;) {
        pulled += 1;
        yield Buffer.alloc(1 << 20, 0x20);
      }
    }
    const archive = openPiped({ input: endless(saved), signal, draw, folder, mostArchive: 5 << 20 });
    await expect(archive).rejects.toThrow(/more than 5\.2 MB came through the pipe; write the archive into a file/);
    expect(pulled).toBeLessThan(10);
    expect(readdirSync(folder)).toEqual([]);
    pulled = 0;
    const bill = openPiped({ input: endless(Buffer.from('{"bomFormat":"CycloneDX",')), signal, draw });
    await expect(bill).rejects.toThrow(/stdin: it is larger than 268435456 bytes/);
    expect(pulled).toBeLessThanOrEqual(mostSbomBytes / (1 << 20) + 1);
  });

  test('is given up when its time is over, and nothing of it is left, however often', async () => {
    // the file is being opened when it is given up: what is left then, if anything, is left one time in ten
    for (let time = 0; time < 100; time += 1) {
      const late = new AbortController();
      async function* slow(): AsyncGenerator<Buffer> {
        yield saved;
        late.abort(new Error('too late'));
        yield saved;
      }
      await expect(openPiped({ input: slow(), signal: late.signal, draw, folder })).rejects.toThrow();
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});
