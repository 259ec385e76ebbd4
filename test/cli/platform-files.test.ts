import { expect, test } from 'vitest';
import { platformFiles } from '../../cli/sbom/platform-files.ts';

const image = (os: string, architecture: string, digit: string, variant?: string) => ({
  digest: `sha256:${digit.repeat(64)}` as const,
  platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
});

test('documents are named by their platforms, and by digest where those are the same', () => {
  const images = [
    image('linux', 'amd64', 'a'),
    image('linux', 'arm64', 'b', 'v8'),
    image('windows', 'amd64', 'c'),
    image('windows', 'amd64', 'd'),
  ];
  expect(platformFiles(images, 'cyclonedx-json')).toEqual([
    'linux-amd64.cdx.json',
    'linux-arm64-v8.cdx.json',
    'windows-amd64-cccccccccccc.cdx.json',
    'windows-amd64-dddddddddddd.cdx.json',
  ]);
});

test('no name of a platform leads out of the folder, or is none', () => {
  const images = [image('..', '../../etc/passwd', 'a'), image('\u202e\u001b', '', 'b'), image('CON\\', 'a\0b', 'c')];
  expect(platformFiles(images, 'spdx-json')).toEqual([
    'etc-passwd.spdx.json',
    'unknown.spdx.json',
    'con-a-b.spdx.json',
  ]);
});
