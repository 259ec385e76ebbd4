import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync, inflateRawSync } from 'node:zlib';
import { tarBytes } from '../../../shared/oci/index.ts';
import { run } from './run-tool.ts';

/**
 * Makes a repository of `.apk` files, as apk and apko read it: `<folder>/<architecture>/` with the packages by their names and an
 * unsigned APKINDEX. A dependency that no package here provides is left out of the index, for nothing is to be run. Gives the names of the packages.
 */
export async function apkRepository(
  folder: string,
  architecture: string,
  files: readonly string[],
): Promise<readonly string[]> {
  const place = path.join(folder, architecture);
  mkdirSync(place, { recursive: true });
  const all: PackageInfo[] = [];
  for (const file of files) {
    const info = parse(await run('tar', ['-xzOf', file, '.PKGINFO']));
    copyFileSync(file, path.join(place, `${only(info, 'pkgname')}-${only(info, 'pkgver')}.apk`));
    all.push(info.set('file', [file]));
  }
  const names = new Set(all.flatMap((info) => [only(info, 'pkgname'), ...of(info, 'provides').map(nameOf)]));
  const index = all.map((info) => entry(info, names)).join('');
  const entries = [
    { path: 'DESCRIPTION', content: 'published packages' },
    { path: 'APKINDEX', content: index },
  ];
  writeFileSync(path.join(place, 'APKINDEX.tar.gz'), gzipSync(tarBytes(entries)));
  return all.map((info) => only(info, 'pkgname'));
}

/** `.PKGINFO` by key; a key may be there several times */
type PackageInfo = Map<string, readonly string[]>;

function parse(text: string): PackageInfo {
  const info: PackageInfo = new Map();
  for (const line of text.split('\n')) {
    const match = /^(\w+) = (.*)$/.exec(line);
    if (match?.[1] !== undefined) info.set(match[1], [...of(info, match[1]), match[2] ?? '']);
  }
  return info;
}

const of = (info: PackageInfo, key: string): readonly string[] => info.get(key) ?? [];
const only = (info: PackageInfo, key: string): string => of(info, key)[0] ?? '';
const nameOf = (relation: string): string => relation.split(/[<>=~]/)[0] ?? relation;

function entry(info: PackageInfo, names: ReadonlySet<string>): string {
  const file = readFileSync(only(info, 'file'));
  const lines: readonly (readonly [string, string])[] = [
    ['C', `Q1${createHash('sha1').update(controlOf(file)).digest('base64')}`],
    ['P', only(info, 'pkgname')],
    ['V', only(info, 'pkgver')],
    ['A', only(info, 'arch')],
    ['S', String(file.length)],
    ['I', only(info, 'size')],
    ['T', only(info, 'pkgdesc')],
    ['U', only(info, 'url')],
    ['L', only(info, 'license')],
    ['o', only(info, 'origin')],
    ['m', only(info, 'maintainer')],
    ['c', only(info, 'commit')],
    [
      'D',
      of(info, 'depend')
        .filter((each) => names.has(nameOf(each)))
        .join(' '),
    ],
    ['p', of(info, 'provides').join(' ')],
  ];
  return `${lines
    .filter(([, value]) => value !== '')
    .map(([letter, value]) => `${letter}:${value}`)
    .join('\n')}\n\n`;
}

/** An apk is gzip streams one after another: the signature, if there is one, then what the index knows by its hash. */
function controlOf(file: Buffer): Buffer {
  const first = memberAt(file, 0);
  if (!first.name.startsWith('.SIGN.')) return first.bytes;
  return memberAt(file, first.bytes.length).bytes;
}

const trailer = 8;

function memberAt(file: Buffer, start: number): { readonly bytes: Buffer; readonly name: string } {
  const flags = file[start + 3] ?? 0;
  let at = start + 10;
  if ((flags & 4) !== 0) at += 2 + file.readUInt16LE(at);
  for (const text of [8, 16]) if ((flags & text) !== 0) at = file.indexOf(0, at) + 1;
  const read = inflateRawSync(file.subarray(at), { info: true }) as unknown as {
    readonly buffer: Buffer;
    readonly engine: { readonly bytesWritten: number };
  };
  const name = read.buffer.toString('latin1', 0, 100);
  return { bytes: file.subarray(start, at + read.engine.bytesWritten + trailer), name };
}
