import { type Bill, type SbomForm, type SbomVersion, sbomForms, sbomVersion } from '#shared/sbom';

/** Every form with every version that is written. */
export const everyVersion = (Object.keys(sbomForms) as SbomForm[]).flatMap((form) =>
  sbomForms[form].map((version) => sbomVersion(form, version) as SbomVersion),
);

/** A bill of nothing. */
export const emptyBill: Bill = {
  subject: { name: '' },
  created: '1970-01-01T00:00:00Z',
  tool: { name: 'drydock', version: '0' },
  layers: [],
  parts: [],
  files: [],
  gaps: [],
};

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

/** A bill with everything in it that a bill can hold, hostile text included. */
export const fullBill: Bill = {
  subject: { name: 'registry.example/team/app:1.2', digest: digest('a'), platform: 'linux/arm64/v8' },
  created: '2024-05-06T07:08:09Z',
  tool: { name: 'drydock', version: '0.1.0' },
  distribution: {
    id: 'debian',
    versionId: '12',
    codename: 'bookworm',
    prettyName: 'Debian GNU/Linux 12 (bookworm)',
    ecosystem: 'Debian:12',
  },
  layers: [
    { digest: digest('b'), size: 30_000_000, createdBy: '/bin/sh -c #(nop) ADD file:1 in / \n && echo 100%' },
    { digest: digest('c'), size: 0 },
  ],
  parts: [
    {
      name: 'perl-base',
      version: '1:5.36.0-7+deb12u1',
      purl: 'pkg:deb/debian/perl-base@1:5.36.0-7%2Bdeb12u1?arch=arm64&distro=debian-12',
      key: 'Debian|12||||arm64|perl-base|1:5.36.0-7+deb12u1|perl|5.36.0-7+deb12u1',
      source: 'perl',
      sourceVersion: '5.36.0-7+deb12u1',
      licenses: [],
      supplier: 'Niko Tyni <ntyni@debian.org>',
      path: 'var/lib/dpkg/status',
      layer: digest('b'),
    },
    {
      name: '@scope/name',
      version: '1.0.0-rc.1',
      purl: 'pkg:npm/%40scope/name@1.0.0-rc.1',
      key: 'npm|||||||@scope/name|1.0.0-rc.1||',
      licenses: ['(mit OR apache-2.0) AND GPL-2.0+ WITH Classpath-exception-2.0'],
      path: 'app/node_modules/@scope/\u202ename\u0007/package.json',
      layer: digest('c'),
    },
    {
      name: 'requests',
      version: '2.28.1',
      purl: 'pkg:pypi/requests@2.28.1',
      licenses: ['Apache 2.0', 'MIT'],
      supplier: '(nobody)\r\n',
      path: 'usr/lib/python3/dist-packages/requests-2.28.1.dist-info/METADATA',
      layer: digest('b'),
      ownedBy: 'deb:python3-requests',
    },
    { name: 'nameless\n', version: '0', licenses: ['\u0000', 'A licence text\nof many lines '.repeat(100)] },
  ],
  files: [
    { path: 'usr/bin/perl', sha256: 'd'.repeat(64), layer: digest('b'), owner: 'deb:perl-base' },
    { path: 'app/bin/tool\u001b[2J', sha256: 'e'.repeat(64), layer: digest('c') },
  ],
  gaps: [
    { code: 'unsupported-evidence', text: 'app/bin/tool: programs that no package owns\nand 100% more' },
    { code: 'limit', text: 'more than 5 entries' },
  ],
};
