import { describe, expect, test } from 'vitest';
import { inventoryOf, osRelease, stanza, type Tree } from './images.ts';

const site = 'usr/local/lib/python3.11/site-packages';
const elf = { content: '\x7fELFx', mode: 0o755 };
const metadata = (name: string, version: string): string =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`;
const debian: Tree = {
  'etc/os-release': osRelease.debian12,
  'var/lib/dpkg/status': stanza('bash', '5.2'),
  'var/lib/dpkg/info/bash.list': '/.\n/bin/bash\n',
};
/** as pip writes it for ruff's wheel: a program outside of the packages' folder, and itself without a hash */
const ruff: Tree = {
  [`${site}/ruff-0.4.4.dist-info/INSTALLER`]: 'pip\n',
  [`${site}/ruff-0.4.4.dist-info/METADATA`]: metadata('ruff', '0.4.4'),
  [`${site}/ruff-0.4.4.dist-info/RECORD`]:
    '../../../bin/ruff,sha256=j7agG8xMPmEK60RWQtTb2SiIm7Cu5mqtULv5YGQUdX0,24536896\n' +
    '../../../../../opt/elsewhere/tool,sha256=j7agG8xMPmEK60RWQtTb2SiIm7Cu5mqtULv5YGQUdX0,1\n' +
    'ruff-0.4.4.dist-info/METADATA,sha256=HGn9Qfw3kYTmoFyQJJWJz3KJ-2VIIZq6LqWlNZS82tg,20805\n' +
    'ruff-0.4.4.dist-info/RECORD,,\n' +
    '"ruff/with, comma ""x"".so",,\n',
};

const look = async (...trees: readonly Tree[]) => {
  const { executables, coverage, packages } = await inventoryOf(...trees);
  return {
    owners: Object.fromEntries(executables.map(({ path, owner }) => [path, owner])),
    strange: coverage.reasons.filter(({ text }) => text.includes('that no package owns')).map(({ path }) => path),
    reasons: coverage.reasons,
    packages,
  };
};

describe('the files of Python packages', () => {
  test('given RECORD, then what it lists of its environment is owned and known, and what lies elsewhere is not', async () => {
    const { owners, strange } = await look({
      ...debian,
      ...ruff,
      'usr/local/bin/ruff': elf,
      [`${site}/ruff/with, comma "x".so`]: elf,
      'opt/elsewhere/tool': elf,
    });
    expect(owners).toEqual({
      'usr/local/bin/ruff': 'pypi:ruff',
      [`${site}/ruff/with, comma "x".so`]: 'pypi:ruff',
      'opt/elsewhere/tool': undefined,
    });
    expect(strange).toEqual(['opt/elsewhere/tool']);
  });

  test('given the list that pip wrote before wheels, then it is relative to itself', async () => {
    const { owners, strange } = await look({
      ...debian,
      'opt/venv/lib/python2.7/site-packages/uWSGI-2.0.20-py2.7.egg-info/PKG-INFO': metadata('uWSGI', '2.0.20'),
      'opt/venv/lib/python2.7/site-packages/uWSGI-2.0.20-py2.7.egg-info/installed-files.txt':
        '../../../../bin/uwsgi\nPKG-INFO\nSOURCES.txt\n',
      'opt/venv/bin/uwsgi': elf,
    });
    expect(owners).toEqual({ 'opt/venv/bin/uwsgi': 'pypi:uwsgi' });
    expect(strange).toEqual([]);
  });

  test('given a file that a later layer changed, then it is nobody’s; one that it only wrote again still is', async () => {
    const first = { ...debian, ...ruff, 'usr/local/bin/ruff': elf };
    const again = await look(first, { 'usr/local/bin/ruff': elf });
    expect(again.owners['usr/local/bin/ruff']).toBe('pypi:ruff');
    const changed = await look(first, { 'usr/local/bin/ruff': { content: '\x7fELFother', mode: 0o755 } });
    expect(changed.owners['usr/local/bin/ruff']).toBeUndefined();
    expect(changed.strange).toEqual(['usr/local/bin/ruff']);
  });

  test('given an OS package that owns the same file, then it is the OS package’s', async () => {
    const { owners } = await look({
      ...debian,
      'var/lib/dpkg/info/bash.list': '/.\n/bin/bash\n/usr/local/bin/ruff\n',
      ...ruff,
      'usr/local/bin/ruff': elf,
    });
    expect(owners['usr/local/bin/ruff']).toBe('deb:bash');
  });

  test("given conda's cache, whose files are hard links into an environment, then its lists are no trouble", async () => {
    const metadata = 'lib/python3.11/site-packages/six-1.16.0.dist-info';
    const cached = 'opt/conda/pkgs/six-1.16.0-pyh6c4a22f_0/site-packages/six-1.16.0.dist-info';
    const { packages, coverage } = await inventoryOf({
      'etc/os-release': osRelease.debian12,
      'var/lib/dpkg/status': stanza('bash', '5.2'),
      [`opt/conda/${metadata}/METADATA`]: 'Name: six\nVersion: 1.16.0\n',
      [`opt/conda/${metadata}/RECORD`]: 'six.py,,\n',
      [`${cached}/METADATA`]: { hard: `opt/conda/${metadata}/METADATA` },
      [`${cached}/RECORD`]: { hard: `opt/conda/${metadata}/RECORD` },
    });
    expect(packages.filter(({ type }) => type === 'pypi').map(({ path }) => path)).toEqual([
      `opt/conda/${metadata}/METADATA`,
      `${cached}/METADATA`,
    ]);
    expect(coverage).toEqual({ state: 'scanned', reasons: [] });
  });

  test('given rows that are none, then that is told', async () => {
    const { reasons } = await look({ ...ruff, [`${site}/ruff-0.4.4.dist-info/RECORD`]: '../../../bin/ru' });
    expect(reasons).toContainEqual(expect.objectContaining({ text: expect.stringContaining('1 rows of RECORD') }));
  });
});

describe('where a Python package is from', () => {
  const purls = async (url: string, more: Tree = {}) => {
    const { packages, reasons } = await look({
      [`${site}/shop-1.0.dist-info/METADATA`]: metadata('shop', '1.0'),
      [`${site}/shop-1.0.dist-info/RECORD`]: 'shop/__init__.py,,\n',
      [`${site}/shop-1.0.dist-info/direct_url.json`]: url,
      ...more,
    });
    return { purls: packages.map(({ purl }) => purl), reasons };
  };

  test.each([
    [
      '{"url": "https://github.com/acme/shop.git", "vcs_info": {"commit_id": "1b0a", "requested_revision": "main", "vcs": "git"}}',
      'vcs_url=git%2Bhttps://github.com/acme/shop.git%401b0a',
    ],
    [
      '{"archive_info": {"hash": "sha256=ab", "hashes": {"sha256": "ab"}}, "url": "https://ann:secret@example.com/shop-1.0.tar.gz"}',
      'download_url=https://example.com/shop-1.0.tar.gz',
    ],
    ['{"dir_info": {"editable": true}, "url": "file:///app"}', 'download_url=file:///app'],
  ])('given %s, then its purl says so', async (document, expected) => {
    const { purls: found } = await purls(document);
    expect(found.map((purl) => purl.replaceAll('%3A', ':').replaceAll('%2F', '/'))).toEqual([
      `pkg:pypi/shop@1.0?${expected}`,
    ]);
  });

  test('given one that cannot be read, then the package is there and the trouble told', async () => {
    const { purls: found, reasons } = await purls('{"url": "https://gith');
    expect(found).toEqual(['pkg:pypi/shop@1.0']);
    expect(reasons).toContainEqual(expect.objectContaining({ text: expect.stringContaining('direct_url.json') }));
  });
});

describe('who installed a Python package', () => {
  const mariner = 'ID=mariner\nVERSION_ID="2.0"\nNAME="Common Base Linux Mariner"\n';
  const manifest = (name: string, version: string): string =>
    `${name}\t${version}\t1653816591\t1653753130\tMicrosoft Corporation\t(none)\t4370598\tnoarch\t0\t${name}-${version}.src.rpm\n`;
  const folder = 'usr/lib/python3.9/site-packages/requests-2.27.1.dist-info';
  const distroless = (installer: string, packaged: string): Tree => ({
    'etc/os-release': mariner,
    'var/lib/rpmmanifest/container-manifest-2': manifest('python3-requests', packaged),
    [`${folder}/INSTALLER`]: installer,
    [`${folder}/METADATA`]: metadata('requests', '2.27.1'),
  });
  const owners = async (...trees: readonly Tree[]) =>
    (await look(...trees)).packages.filter(({ type }) => type === 'pypi').map(({ ownedBy }) => ownedBy);

  test('given one that says rpm in an image whose list has no files, then it is a part of the package of its name and version', async () => {
    expect(await owners(distroless('rpm\n', '2.27.1-6.cm2'))).toEqual(['rpm:python3-requests']);
    expect(await owners(distroless('rpm\n', '2.28.0-1.cm2'))).toEqual([undefined]);
    expect(await owners(distroless('pip\n', '2.27.1-6.cm2'))).toEqual([undefined]);
    expect(await owners(distroless('rpm\n'.repeat(100), '2.27.1-6.cm2'))).toEqual([undefined]);
  });

  test('given a copy that a later layer brings, then it is not the package’s', async () => {
    const copy = { [`opt/${folder}/INSTALLER`]: 'rpm\n', [`opt/${folder}/METADATA`]: metadata('requests', '2.27.1') };
    expect(await owners(distroless('rpm\n', '2.27.1-6.cm2'), copy)).toEqual([undefined, 'rpm:python3-requests']);
  });

  test('given lists of files, then those count, and not what it says of itself', async () => {
    const tree = {
      ...debian,
      'var/lib/dpkg/status': stanza('python3-requests', '2.27.1-1'),
      [`${folder}/INSTALLER`]: 'debian\n',
      [`${folder}/METADATA`]: metadata('requests', '2.27.1'),
    };
    expect(await owners(tree)).toEqual([undefined]);
  });

  // as Poetry 1.8.5 writes them: absolute paths for the project itself, which is installed from its folder
  test('given an environment that Poetry made, then its packages and the project are there, with where it is from', async () => {
    const home = 'srv/shop/.venv/lib/python3.11/site-packages';
    const { packages, owners: files } = await look({
      [`${home}/six-1.17.0.dist-info/INSTALLER`]: 'Poetry 1.8.5',
      [`${home}/six-1.17.0.dist-info/METADATA`]: metadata('six', '1.17.0'),
      [`${home}/six-1.17.0.dist-info/RECORD`]: 'six.py,sha256=xRyR9wPT1LNpbJI8tf7CE-BeddkhU5O--sfy-mo5BN8,34703\n',
      [`${home}/acme_shop-0.3.1.dist-info/INSTALLER`]: 'poetry',
      [`${home}/acme_shop-0.3.1.dist-info/METADATA`]: metadata('acme-shop', '0.3.1'),
      [`${home}/acme_shop-0.3.1.dist-info/RECORD`]: `/${home}/acme_shop.pth,sha256=N50lin6jXw7oDS2M0SCWyC2B-UTYpShYXfCI91bVdI4,19\n/srv/shop/.venv/bin/shop,sha256=aa,200\n`,
      [`${home}/acme_shop-0.3.1.dist-info/direct_url.json`]:
        '{"dir_info": {"editable": true}, "url": "file:///srv/shop"}',
      [`${home}/acme_shop.pth`]: '/srv/shop',
      'srv/shop/.venv/bin/shop': { content: '#!/srv/shop/.venv/bin/python\nimport sys\n', mode: 0o755 },
      'srv/shop/poetry.lock': '[[package]]\nname = "urllib3"\nversion = "1.0"\n',
    });
    expect(packages.map(({ key, purl }) => [key.name, purl.replaceAll('%3A', ':').replaceAll('%2F', '/')])).toEqual([
      ['acme-shop', 'pkg:pypi/acme-shop@0.3.1?download_url=file:///srv/shop'],
      ['six', 'pkg:pypi/six@1.17.0'],
    ]);
    expect(files).toEqual({ 'srv/shop/.venv/bin/shop': 'pypi:acme-shop' });
  });
});
