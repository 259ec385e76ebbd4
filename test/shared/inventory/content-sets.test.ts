import { describe, expect, test } from 'vitest';
import { inventoryOf, type Tree } from './images.ts';
import { rpmDatabase } from './rpm-databases.ts';

const rhel: Tree = {
  'etc/os-release':
    'NAME="Red Hat Enterprise Linux"\nVERSION="9.2 (Plow)"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.2"\nPLATFORM_ID="platform:el9"\n',
  'var/lib/rpm/rpmdb.sqlite': rpmDatabase('sqlite'),
};
/** as Red Hat's build system writes them (image content manifest) */
const manifest = (layer: number, ...sets: readonly string[]): string =>
  JSON.stringify({
    metadata: {
      icm_version: 1,
      icm_spec:
        'https://raw.githubusercontent.com/containerbuildsystem/atomic-reactor/master/atomic_reactor/schemas/content_manifest.json',
      image_layer_index: layer,
    },
    content_sets: sets,
    image_contents: [],
  });
const place = (name: string): string => `root/buildinfo/content_manifests/${name}.json`;
const streams = ({ coverage }: Awaited<ReturnType<typeof inventoryOf>>) =>
  coverage.reasons.filter(({ text }) => text.includes('extended update stream'));

describe('the repositories of a Red Hat image', () => {
  test('given content manifests in several layers, then all of them hold for the whole image', async () => {
    const inventory = await inventoryOf(
      { ...rhel, [place('ubi9-container-9.2-755')]: manifest(0, 'rhel-9-for-x86_64-baseos-rpms') },
      {
        [place('nodejs-container-1-100')]: manifest(
          1,
          'rhel-9-for-x86_64-appstream-rpms',
          'rhel-9-for-x86_64-baseos-rpms',
        ),
      },
      { 'usr/share/buildinfo/content-sets.json': JSON.stringify({ content_sets: ['ubi-9-baseos-rpms'] }) },
    );
    expect(inventory.distribution?.repositories).toEqual([
      'rhel-9-for-x86_64-appstream-rpms',
      'rhel-9-for-x86_64-baseos-rpms',
      'ubi-9-baseos-rpms',
    ]);
    expect(streams(inventory)).toEqual([]);
  });

  test('given sets of an extended update stream, then its packages are of that stream, and of what is judged by another coverage says so', async () => {
    const eus = (minor: number): string[] => [
      `rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_${minor}`,
      `rhel-9-for-x86_64-appstream-eus-rpms__9_DOT_${minor}`,
    ];
    const inventory = await inventoryOf({ ...rhel, [place('openshift-container')]: manifest(1, ...eus(2)) });
    expect(inventory.distribution?.channel).toBe('eus-9.2');
    expect(new Set(inventory.packages.map(({ key }) => key.channel))).toEqual(new Set(['eus-9.2']));
    expect(streams(inventory)).toEqual([]);
    const mixed = await inventoryOf({ ...rhel, [place('both')]: manifest(1, ...eus(0), ...eus(2)) });
    expect(mixed.distribution?.channel).toBe('eus-9.2');
    expect(streams(mixed)).toEqual([
      expect.objectContaining({
        code: 'no-advisories',
        text: expect.stringMatching(/rhel-9-for-x86_64-appstream-eus-rpms__9_DOT_0 and 1 more.* of eus-9\.2:/),
      }),
    ]);
  });

  test('given repositories of other products, then coverage says that these are not judged by their own word', async () => {
    const others = async (...sets: readonly string[]): Promise<string[]> => {
      const { coverage } = await inventoryOf({ ...rhel, [place('a')]: manifest(0, ...sets) });
      return coverage.reasons.map(({ text }) => text).filter((text) => text.startsWith('packages of other products'));
    };
    expect(await others('rhel-9-for-x86_64-baseos-rpms', 'codeready-builder-for-rhel-9-x86_64-rpms')).toEqual([]);
    expect(await others('rhocp-4.16-for-rhel-9-x86_64-rpms', 'rhel-9-for-x86_64-baseos-rpms')).toEqual([
      expect.stringContaining('(rhocp-4.16-for-rhel-9-x86_64-rpms)'),
    ]);
  });

  test('given a manifest that is no JSON, lists nothing, or is deleted, then the first two are told', async () => {
    const inventory = await inventoryOf(
      { ...rhel, [place('a')]: '{"content_sets": [', [place('b')]: '{}', [place('c')]: manifest(0, 'gone-rpms') },
      { [place('c')]: null },
    );
    const told = inventory.coverage.reasons.filter(({ code }) => code === 'unreadable-evidence');
    expect(told.map(({ path }) => path)).toEqual([place('a'), place('b')]);
    expect(inventory.distribution).not.toHaveProperty('repositories');
  });

  test('given a set whose name is hostile, then it is left out', async () => {
    const inventory = await inventoryOf({ ...rhel, [place('a')]: manifest(0, '<b>\x1b[2J', 'a\nb', 'good-rpms') });
    expect(inventory.distribution?.repositories).toEqual(['good-rpms']);
  });
});
