import { describe, expect, it } from 'vitest';
import { elfFile } from './elf-builder.ts';
import { inventoryOf, osRelease, stanza } from './images.ts';
import { packageNote as note } from './package-note-builder.ts';

const program = (bytes: Buffer) => ({
  content: elfFile({ loader: '/lib64/ld.so', sections: { '.note.package': bytes } }),
  mode: 0o755,
});
/** as Ubuntu's and Fedora's builds write them */
const ofUbuntu = {
  type: 'deb',
  os: 'ubuntu',
  name: 'coreutils',
  version: '9.4-3ubuntu6',
  architecture: 'amd64',
};
const ofFedora = {
  type: 'rpm',
  name: 'coreutils',
  version: '9.4-7.fc40',
  architecture: 'x86_64',
  osCpe: 'cpe:/o:fedoraproject:fedora:40',
};
const withNote = (value: object) => program(note(JSON.stringify(value)));

describe('the package note of an ELF file', () => {
  it('given no package database, then it names the package once, of the release that the image is', async () => {
    const { packages } = await inventoryOf({
      'etc/os-release': osRelease.ubuntu2204,
      'usr/bin/ls': withNote(ofUbuntu),
      'usr/bin/cat': withNote(ofUbuntu),
    });
    expect(packages).toMatchObject([
      {
        key: {
          ecosystem: 'Ubuntu',
          release: '22.04:LTS',
          architecture: 'amd64',
          name: 'coreutils',
          version: '9.4-3ubuntu6',
        },
        type: 'deb',
        purl: 'pkg:deb/ubuntu/coreutils@9.4-3ubuntu6?arch=amd64&distro=ubuntu',
        path: 'usr/bin/cat',
      },
    ]);
  });

  it('given an rpm, whose epoch no note says, then it is listed and not judged', async () => {
    const { packages } = await inventoryOf({
      'etc/os-release': 'ID=fedora\nVERSION_ID=40\n',
      'usr/bin/ls': withNote(ofFedora),
    });
    expect(packages).toMatchObject([
      {
        key: { ecosystem: 'os-fedora', name: 'coreutils', version: '9.4-7.fc40' },
        purl: 'pkg:rpm/fedora/coreutils@9.4-7.fc40?arch=x86_64&distro=fedora-40',
        path: 'usr/bin/ls',
      },
    ]);
    const rhel = { ...ofFedora, version: '3.2.2-16.el10', osCpe: 'cpe:/o:redhat:enterprise_linux:10' };
    expect((await inventoryOf({ 'usr/bin/ls': withNote(rhel) })).packages[0]?.key.ecosystem).toBe('os-rhel');
  });

  it('given bytes behind the zero that ends the text, then they are none of it, however many zeros there are', async () => {
    const text = `${JSON.stringify(ofUbuntu)}${'\0'.repeat(10_000)}x`;
    const { packages } = await inventoryOf({ 'usr/bin/ls': program(note(text)) });
    expect(packages.map(({ key }) => key.name)).toEqual(['coreutils']);
  });

  it('given a package database of its kind, then that alone speaks', async () => {
    const { packages } = await inventoryOf({
      'etc/os-release': osRelease.ubuntu2204,
      'var/lib/dpkg/status': stanza('coreutils', '9.4-3ubuntu6'),
      'var/lib/dpkg/info/coreutils.list': '/.\n/usr/bin/ls\n',
      'usr/bin/ls': withNote(ofUbuntu),
      'usr/local/bin/ls': withNote(ofUbuntu),
    });
    expect(packages.map(({ path }) => path)).toEqual(['var/lib/dpkg/status']);
  });

  it.each([
    ['of another owner', note(JSON.stringify(ofUbuntu), { owner: 'GNU\0' })],
    ['of another type', note(JSON.stringify(ofUbuntu), { type: 3 })],
    ['of a type of package that is not read', note(JSON.stringify({ ...ofUbuntu, type: 'flatpak' }))],
    ['without fields', note('null')],
    ['cut short', note('{}').subarray(0, 15)],
    ['with a hostile name', note(JSON.stringify({ ...ofUbuntu, name: '<b>' }))],
  ])('given one %s, then it names nothing', async (_, bytes) => {
    expect((await inventoryOf({ 'usr/bin/ls': program(bytes) })).packages).toEqual([]);
  });

  it.each([
    ['that is no JSON', '{'],
    ['of an absurd size', ' '.repeat(20_000)],
  ])('given one %s, then that is said of the file', async (_, json) => {
    const { coverage } = await inventoryOf({ 'usr/bin/ls': program(note(json)) });
    expect(coverage.reasons).toContainEqual(
      expect.objectContaining({ code: 'unreadable-evidence', path: 'usr/bin/ls' }),
    );
  });
});
