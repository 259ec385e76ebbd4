import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { tarOf } from './make-tar.ts';
import { storedXz } from './make-xz.ts';
import { built, rhel, vexDocument } from './red-hat/vex-documents.ts';

/** Files of a publication by path. */
export type Publication = Readonly<Record<string, Buffer>>;

/** A publication that says of `count` packages what differs between them, as of a time; `own` adds entries of the feed's own form. */
export type MakePublication = (count: number, time: string, own?: string) => Publication;

const list = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const plain = (time: string): string => time.slice(0, 16).replace('T', ' ');

const amazonUpdate = (
  id: string,
  time: string,
  body: string,
  type = 'security',
): string => `<update author="linux-security@amazon.com"
  from="linux-security@amazon.com" status="final" type="${type}" version="1.4"><id>${id}</id><title>Amazon Linux 2 - ${id}: important priority</title>
  <issued date="2024-01-02 03:04" /><updated date="${plain(time)}" /><severity>important</severity><description>Package &lt;one&gt; &amp; more</description>
  ${body}</update>`;

const amazonPackage = (name: string, version: string, release: string, epoch = '0', arch = 'x86_64'): string =>
  `<package arch="${arch}" epoch="${epoch}" name="${name}" release="${release}" version="${version}"><filename>Packages/${name}-${version}-${release}.${arch}.rpm</filename></package>`;

/** What one Amazon Linux update says. */
export const amazonEntry = (
  id: string,
  time: string,
  cves: readonly string[],
  packages: readonly (readonly [name: string, version: string, release: string, epoch?: string])[],
  type?: string,
): string =>
  amazonUpdate(
    id,
    time,
    `<references>${cves.map((cve) => `<reference href="http://cve.mitre.org/cgi-bin/cvename.cgi?name=${cve}" id="${cve}" title="" type="cve" />`).join('')}<reference href="https://alas.aws.amazon.com" id="${id}" title="" type="self"/></references>
    <pkglist><collection short="amazon-linux-2---core"><name>Amazon Linux 2 core</name>${packages.map((one) => amazonPackage(...one)).join('')}</collection></pkglist>`,
    type,
  );

/** A repository of Amazon Linux: its list of mirrors, its repomd.xml and its updateinfo; undefined: it has none. */
function amazonRepository(mirrorList: string, home: string, updates: string | undefined): Publication {
  const updateinfo =
    updates === undefined ? undefined : gzipSync(`<?xml version="1.0" ?><updates>${updates}</updates>`);
  return {
    [mirrorList]: Buffer.from(`https://cdn.amazonlinux.com/${home}\nhttps://mirror.example/elsewhere/\n`),
    [`${home}repodata/repomd.xml`]: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<repomd xmlns="http://linux.duke.edu/metadata/repo"><revision>1</revision>
<data type="primary"><checksum type="sha256">0</checksum><location href="repodata/primary.xml.gz"/></data>
${updateinfo === undefined ? '' : `<data type="updateinfo"><checksum type="sha256">${sha256(updateinfo)}</checksum><location href="repodata/updateinfo.xml.gz"/></data>`}</repomd>`),
    ...(updateinfo === undefined ? {} : { [`${home}repodata/updateinfo.xml.gz`]: updateinfo }),
  };
}

/** An extras repository of Amazon Linux 2. */
export const amazonTopic = (topic: string, updates: string | undefined): Publication =>
  amazonRepository(
    `2/extras/${topic}/latest/x86_64/mirror.list`,
    `2/extras/${topic}/stable/x86_64/${'c'.repeat(8)}/`,
    updates,
  );

export const amazonPublication: MakePublication = (count, time, own = '') => {
  const of = (release: string, mirrorList: string, home: string): Publication =>
    amazonRepository(
      mirrorList,
      home,
      `${own}${list(count, (n) =>
        amazonEntry(`ALAS${release}-2024-${n}`, time, [`CVE-2024-${1000 + n}`], [[`p${n}`, '1.2', `3.amzn${release}`]]),
      ).join('\n')}`,
    );
  return {
    ...of('2', '2/core/latest/x86_64/mirror.list', '2/core/2.0/x86_64/abc/'),
    ...of('2023', 'al2023/core/mirrors/latest/x86_64/mirror.list', 'al2023/core/guids/def/x86_64/'),
  };
};

const secdb = (packages: readonly object[], more: object): Buffer =>
  Buffer.from(
    JSON.stringify({ apkurl: '{{urlprefix}}/{{reponame}}/{{arch}}/{{pkg.name}}-{{pkg.ver}}.apk', ...more, packages }),
  );

export const alpinePublication: MakePublication = (count, _time, own = '[]') => ({
  'v3.20/main.json': secdb(
    [
      ...(JSON.parse(own) as object[]),
      ...list(count, (n) => ({ pkg: { name: `p${n}`, secfixes: { '1.2.3-r0': [`CVE-2024-${1000 + n}`] } } })),
    ],
    { distroversion: 'v3.20', reponame: 'main', urlprefix: 'https://dl-cdn.alpinelinux.org/alpine', archs: ['x86_64'] },
  ),
  'v3.20/community.json': secdb(
    list(count, (n) => ({ pkg: { name: `c${n}`, secfixes: { '2.0-r1': [`CVE-2024-${1000 + n}`] } } })),
    { distroversion: 'v3.20', reponame: 'community' },
  ),
});

export const chainguardPublication: MakePublication = (count, _time, own = '[]') => ({
  'security.json': secdb(
    [
      ...(JSON.parse(own) as object[]),
      ...list(count, (n) => ({
        pkg: { name: `p${n}`, secfixes: { '1.2.3-r0': [`CGA-aaaa-bbbb-${1000 + n}`, `CVE-2024-${1000 + n}`] } },
      })),
    ],
    { reponame: 'os', urlprefix: 'https://packages.wolfi.dev' },
  ),
});

export const debianPublication: MakePublication = (count, _time, own = '{}') => ({
  'data.json': Buffer.from(
    JSON.stringify({
      ...(JSON.parse(own) as object),
      ...Object.fromEntries(
        list(count, (n) => [
          `p${n}`,
          {
            [`CVE-2024-${1000 + n}`]: {
              description: 'an overflow',
              scope: 'remote',
              releases: {
                bookworm: {
                  status: 'resolved',
                  repositories: { bookworm: '1.2-3', 'bookworm-security': '1.2-3+deb12u1' },
                  fixed_version: '1.2-3+deb12u1',
                  urgency: 'not yet assigned',
                },
              },
            },
          },
        ]),
      ),
    }),
  ),
});

export const ubuntuPublication: MakePublication = (count, time, own = '[]') => ({
  'osv-all.tar.xz': storedXz(
    tarOf([
      { name: 'README.md', bytes: Buffer.from('all of it') },
      ...[
        ...(JSON.parse(own) as { readonly id: string }[]),
        ...list(count, (n) => ({
          schema_version: '1.7.0',
          id: `UBUNTU-CVE-2024-${1000 + n}`,
          modified: time,
          published: '2024-01-02T00:00:00Z',
          upstream: [`CVE-2024-${1000 + n}`],
          severity: [{ type: 'Ubuntu', score: 'medium' }],
          affected: [
            {
              package: {
                ecosystem: 'Ubuntu:22.04:LTS',
                name: `p${n}`,
                purl: `pkg:deb/ubuntu/p${n}?arch=source&distro=jammy`,
              },
              ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1.2-3ubuntu0.1' }] }],
              versions: ['1.2-3'],
              ecosystem_specific: { availability: 'No subscription required', binaries: [] },
            },
          ],
        })),
      ].map((record) => ({
        name: `osv/${record.id.startsWith('USN') ? 'usn' : 'cve/2024'}/${record.id}.json`,
        bytes: Buffer.from(JSON.stringify(record)),
      })),
    ]),
  ),
});

/** A list of changes as Red Hat writes them: newest first. */
export const timesOf = (documents: Readonly<Record<string, string>>): Buffer =>
  Buffer.from(
    Object.entries(documents)
      .sort(([, a], [, b]) => (a > b ? -1 : 1))
      .map(([path, time]) => `"${path}","${time.replace('Z', '+00:00')}"\n`)
      .join(''),
  );

/** Documents of Red Hat by their paths, in the archive of a day with its lists. */
export function redHatArchive(
  documents: Readonly<Record<string, object>>,
  time: string,
  lists: Readonly<Record<string, Buffer>> = {},
): Publication {
  const name = `csaf_vex_${time.slice(0, 10)}.tar.zst`;
  const files = Object.entries(documents).map(([path, document]) => ({
    name: path,
    bytes: Buffer.from(JSON.stringify(document)),
  }));
  return {
    'archive_latest.txt': Buffer.from(name),
    [name]: zstdCompressSync(tarOf(files)),
    'changes.csv': timesOf(Object.fromEntries(files.map(({ name: path }) => [path, time]))),
    'deletions.csv': Buffer.alloc(0),
    ...lists,
  };
}

export const redHatPublication: MakePublication = (count, time) =>
  redHatArchive(
    Object.fromEntries(
      list(count, (n) => [
        `2024/cve-2024-${1000 + n}.json`,
        vexDocument(
          [{ on: rhel.main('9.4'), ...built(`p${n}`, '1.2-3.el9_4', 'src'), status: 'fixed', advisory: 'RHSA-2024:1' }],
          { cve: `CVE-2024-${1000 + n}`, released: time },
        ),
      ]),
    ),
    time,
  );

/** One of curl's advisories as its project writes it (docs/vuln.json): an OSV record that names no package. */
export const curlAdvisory = (cve: string, introduced: string, fixed: string, more: object = {}): object => ({
  schema_version: '1.5.0',
  id: `CURL-${cve}`,
  aliases: [cve],
  summary: 'SOCKS5 heap buffer overflow',
  modified: '2024-06-01T00:00:00.00Z',
  database_specific: {
    package: 'curl',
    affects: 'both',
    URL: `https://curl.se/docs/${cve}.json`,
    www: `https://curl.se/docs/${cve}.html`,
    CWE: { id: 'CWE-122', desc: 'Heap-based Buffer Overflow' },
    last_affected: '8.3.0',
    severity: 'High',
  },
  published: '2023-10-11T08:00:00.00Z',
  affected: [
    {
      ranges: [
        { type: 'SEMVER', events: [{ introduced }, { fixed }] },
        {
          type: 'GIT',
          repo: 'https://github.com/curl/curl.git',
          events: [
            { introduced: '4a4b63daaa01ef59b131d91e8e6e6dfe275c0f08' },
            { fixed: 'fb4415d8aee6c1045be932a34fe6107c2f5ed147' },
          ],
        },
      ],
      versions: ['8.3.0', '8.2.1'],
    },
  ],
  credits: [{ name: 'Jay Satiro', type: 'FINDER' }],
  details: 'This flaw makes curl overflow a heap based buffer.',
  ...more,
});

export const curlPublication: MakePublication = (count, time, own = '[]') => ({
  'vuln.json': Buffer.from(
    JSON.stringify(
      [
        ...(JSON.parse(own) as object[]),
        ...list(count, (n) => curlAdvisory(`CVE-2023-${30000 + n}`, '7.69.0', `8.${n}.0`, { modified: time })),
      ],
      undefined,
      2,
    ),
  ),
});

/** Every feed's, by its id. */
export const publications: Readonly<Record<string, MakePublication>> = {
  'red-hat-vex': redHatPublication,
  'amazon-linux': amazonPublication,
  'ubuntu-osv': ubuntuPublication,
  'debian-tracker': debianPublication,
  'alpine-secdb': alpinePublication,
  'wolfi-secdb': chainguardPublication,
  'chainguard-secdb': chainguardPublication,
  curl: curlPublication,
};
