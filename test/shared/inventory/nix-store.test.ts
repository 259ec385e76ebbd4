import { describe, expect, test } from 'vitest';
import { decodeFacts, encodeFacts } from '#shared/inventory';
import { factsOf, inventoryOf, layerOf, named, osRelease, stanza, type Tree } from './images.ts';

const elf = { content: '\x7fELFx', mode: 0o755 };
const folder = { kind: 'directory', content: '' } as const;
const hash = (letter: string): string => `${letter}hf2b4lgivi8zw14kzhkr98sgfa15kwh`.padEnd(32, '0').slice(0, 32);
const store = (letter: string, name: string): string => `nix/store/${hash(letter)}-${name}`;

/** What dockerTools makes: every folder of the store is an entry of the archive. */
const image: Tree = {
  nix: folder,
  'nix/store': folder,
  [store('0', 'glibc-2.38-44')]: folder,
  [`${store('0', 'glibc-2.38-44')}/lib/libc.so.6`]: elf,
  [store('1', 'glibc-2.38-44-bin')]: folder,
  [store('2', 'python3.11-requests-2.31.0')]: folder,
  [`${store('2', 'python3.11-requests-2.31.0')}/lib`]: folder,
  [store('3', 'gtk+-2.24.33')]: folder,
  [store('4', 'source')]: folder,
  [store('5', 'hello-2.12.1.drv')]: 'Derive()',
  [store('6', 'etc-os-release')]: folder,
  [store('7', 'bash-interactive')]: folder,
};

describe("Nix's store", () => {
  test('given an image that Nix built, then what has a version is listed with its output, and its programs are no strangers', async () => {
    const { packages, coverage } = await inventoryOf(image);
    expect(packages.map(({ purl, path, key }) => [purl, path, key.ecosystem])).toEqual([
      [`pkg:nix/glibc@2.38-44?outputhash=${hash('0')}`, store('0', 'glibc-2.38-44'), 'Nix'],
      [`pkg:nix/glibc@2.38-44?output=bin&outputhash=${hash('1')}`, store('1', 'glibc-2.38-44-bin'), 'Nix'],
      [`pkg:nix/gtk%2B@2.24.33?outputhash=${hash('3')}`, store('3', 'gtk+-2.24.33'), 'Nix'],
      [`pkg:nix/python3.11-requests@2.31.0?outputhash=${hash('2')}`, store('2', 'python3.11-requests-2.31.0'), 'Nix'],
    ]);
    expect(coverage).toEqual({ state: 'scanned', reasons: [] });
  });

  test('given folders that a layer removes, brings again and adds to, then packages are as they are in the end', async () => {
    const glibc = store('0', 'glibc-2.38-44');
    const { packages, layers } = await inventoryOf(image, {
      [store('1', 'glibc-2.38-44-bin')]: null,
      [glibc]: folder,
      [`${store('3', 'gtk+-2.24.33')}/lib/new.so`]: elf,
      [store('2', 'python3.11-requests-2.31.0')]: 'no folder any more',
    });
    expect(packages.map(({ path, layer }) => [path, layer === layers[0]?.digest])).toEqual([
      [glibc, true],
      [store('3', 'gtk+-2.24.33'), true],
    ]);
  });

  test('given a store beside a distribution, then that is judged as it is, and facts are kept', async () => {
    const debian: Tree = { 'etc/os-release': osRelease.debian12, 'var/lib/dpkg/status': stanza('bash', '5.2') };
    const inventory = await inventoryOf({ ...debian, ...image });
    expect(named(inventory, 'deb')).toEqual(['bash@5.2']);
    expect(inventory.coverage).toEqual({ state: 'scanned', reasons: [] });
    const facts = await factsOf(layerOf(image));
    expect(await decodeFacts(await encodeFacts(facts))).toEqual(facts);
  });

  test('given a program of somebody’s own in the store, then coverage names it', async () => {
    const path = `${store('8', 'server')}/bin/server`;
    const { coverage } = await inventoryOf({ ...image, [path]: elf });
    expect(coverage.reasons.map((reason) => reason.path)).toContain(path);
  });
});
