import { describe, expect, test } from 'vitest';
import { inventoryOf, named, osRelease, stanza, type Tree } from './images.ts';
import { zipOf } from './zip-builder.ts';

const metadata = (name: string, version: string): string =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`;
const site = 'usr/local/lib/python3.11/site-packages';
const marks = async (tree: Tree): Promise<unknown[]> =>
  (await inventoryOf(tree)).packages.map(({ key, bundled }) => [`${key.name}@${key.version}`, bundled]);

describe('eggs', () => {
  test('given an egg as a zip and as a folder, then both are read', async () => {
    const inventory = await inventoryOf({
      [`${site}/six-1.16.0-py3.11.egg`]: zipOf({ 'EGG-INFO/PKG-INFO': metadata('six', '1.16.0'), 'six.py': '' }),
      [`${site}/simplejson-3.17.6-py3.11-linux-x86_64.egg/EGG-INFO/PKG-INFO`]: metadata('simplejson', '3.17.6'),
    });
    expect(named(inventory)).toEqual(['simplejson@3.17.6', 'six@1.16.0']);
  });

  test('given eggs that are cut, without metadata, or no zip at all, then the first two are told', async () => {
    const whole = zipOf({ 'EGG-INFO/PKG-INFO': metadata('a', '1') });
    const inventory = await inventoryOf({
      [`${site}/cut.egg`]: whole.subarray(0, whole.length - 20),
      [`${site}/empty.egg`]: zipOf({ 'a.py': '' }),
      'srv/fossil.egg': 'a picture',
    });
    const told = inventory.coverage.reasons.filter(({ code }) => code === 'unreadable-evidence');
    expect(told.map(({ path }) => path)).toEqual([`${site}/cut.egg`, `${site}/empty.egg`]);
  });
});

test.each([
  ['License: MIT\nClassifier: License :: OSI Approved :: BSD License', ['MIT']],
  [
    'License: Copyright (c) 2015 Jupyter\n  All rights\nClassifier: License :: OSI Approved :: BSD License',
    ['BSD License'],
  ],
  ['Classifier: Topic :: X\nClassifier: License :: Public Domain\nLicense: UNKNOWN', ['Public Domain']],
  ['License: UNKNOWN', undefined],
  ['Classifier: License :: OSI Approved :: MIT License\nLicense-Expression: MIT', ['MIT']],
])('given %s, then the licence is %s', async (fields, licenses) => {
  const { packages } = await inventoryOf({ [`${site}/a-1.dist-info/METADATA`]: `${metadata('a', '1')}${fields}\n` });
  expect(packages[0]?.licenses).toEqual(licenses);
});

describe('programs that are one archive', () => {
  const zip = zipOf({
    '__main__.py': '',
    '.deps/idna-3.4-py3-none-any.whl/idna-3.4.dist-info/METADATA': metadata('idna', '3.4'),
    '.bootstrap/pex/vendor/_vendored/attrs/attrs-22.1.0.dist-info/METADATA': metadata('attrs', '22.1.0'),
    'site-packages/PyYAML-6.0.1.dist-info/METADATA': metadata('PyYAML', '6.0.1'),
    'site-packages/PyYAML-6.0.1.dist-info/RECORD': '',
  });

  test('given PEX and shiv, with a line that starts the interpreter before the archive, then what they import is there', async () => {
    const started = Buffer.concat([Buffer.from('#!/usr/bin/env python3\n'), zip]);
    const { packages } = await inventoryOf({
      'srv/app.pex': { content: started, mode: 0o755 },
      'srv/tool.pyz': 'none',
    });
    expect(packages.map(({ purl, path, bundled }) => [purl, path, bundled])).toEqual([
      [
        'pkg:pypi/attrs@22.1.0',
        'srv/app.pex!/.bootstrap/pex/vendor/_vendored/attrs/attrs-22.1.0.dist-info/METADATA',
        'vendored',
      ],
      ['pkg:pypi/idna@3.4', 'srv/app.pex!/.deps/idna-3.4-py3-none-any.whl/idna-3.4.dist-info/METADATA', undefined],
      ['pkg:pypi/pyyaml@6.0.1', 'srv/app.pex!/site-packages/PyYAML-6.0.1.dist-info/METADATA', undefined],
    ]);
  });

  test('given one that is cut, then that is told', async () => {
    const { packages, coverage } = await inventoryOf({ 'srv/app.pyz': zip.subarray(0, zip.length - 30) });
    expect(packages).toEqual([]);
    expect(coverage.reasons.map(({ path }) => path)).toContain('srv/app.pyz');
  });

  test('given one of more packages than are read, then that is told', async () => {
    const packages = Array.from({ length: 5_001 }, (_, index) => [
      `p${index}-1.dist-info/METADATA`,
      metadata('p', '1'),
    ]);
    const { coverage } = await inventoryOf({ 'srv/app.pyz': zipOf(Object.fromEntries(packages)) });
    expect(coverage.reasons.map(({ path }) => path)).toContain('srv/app.pyz');
  });
});

test('given what pip moved aside and could not take away, then nobody can import it', async () => {
  const tree = {
    [`${site}/~ip-22.0.dist-info/METADATA`]: metadata('pip', '22.0'),
    [`${site}/pip-24.0.dist-info/METADATA`]: metadata('pip', '24.0'),
  };
  expect(named(await inventoryOf(tree))).toEqual(['pip@24.0']);
});

describe('vendored copies', () => {
  test("given pip's list of what it vendors, then those are listed and marked", async () => {
    const list = `CacheControl==0.12.11  # Make sure to update the license in pyproject.toml for this.
pyparsing==3.0.9
requests==2.28.2
    certifi==2022.12.7
    urllib3==1.26.14
setuptools==44.0.0
`;
    expect(
      await marks({
        [`${site}/pip-23.0.1.dist-info/METADATA`]: metadata('pip', '23.0.1'),
        [`${site}/pip/_vendor/vendor.txt`]: list,
      }),
    ).toEqual([
      ['cachecontrol@0.12.11', 'vendored'],
      ['certifi@2022.12.7', 'vendored'],
      ['pip@23.0.1', undefined],
      ['pyparsing@3.0.9', 'vendored'],
      ['requests@2.28.2', 'vendored'],
      ['setuptools@44.0.0', 'vendored'],
      ['urllib3@1.26.14', 'vendored'],
    ]);
  });

  test('given a copy with its own metadata, then it is marked; another vendor.txt is no list', async () => {
    expect(
      await marks({
        [`${site}/setuptools/_vendor/wheel-0.43.0.dist-info/METADATA`]: metadata('wheel', '0.43.0'),
        'srv/vendor.txt': 'acme==1.0\n',
      }),
    ).toEqual([['wheel@0.43.0', 'vendored']]);
  });
});

describe('metadata that is not whole', () => {
  test('given no version in dist-info, then the name of its folder says it', async () => {
    expect(named(await inventoryOf({ [`${site}/x-1.2.dist-info/METADATA`]: 'Name: x\n\nVersion: 9\n' }))).toEqual([
      'x@1.2',
    ]);
  });

  test('given no version anywhere, then it is unknown and loud', async () => {
    const path = `${site}/thing.egg-info/PKG-INFO`;
    const inventory = await inventoryOf({ [path]: 'Name: thing\n' });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons).toContainEqual(
      expect.objectContaining({ code: 'unknown-version', path, text: expect.stringContaining('"thing"') }),
    );
  });

  test('given no name, or metadata among the tests of a package, then the first is told and the second is nothing', async () => {
    const inventory = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('base-files', '12'),
      [`${site}/y-1.dist-info/METADATA`]: 'Version: 1\n',
      [`${site}/importlib_metadata/tests/data/example-21.12.dist-info/METADATA`]: metadata('example', '21.12'),
    });
    expect(named(inventory, 'pypi')).toEqual([]);
    expect(inventory.coverage.reasons.map(({ path }) => path)).toEqual([`${site}/y-1.dist-info/METADATA`]);
  });
});
