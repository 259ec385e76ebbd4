import { describe, expect, test } from 'vitest';
import { billOfInventory, inventoryOfBill, packageKeyId } from '#shared/inventory';
import { readBill, writeBill } from '#shared/sbom';
import { channelOfEcosystem } from '../../../shared/advisories/ecosystem.ts';
import { redHatChannel } from '../../../shared/inventory/red-hat-stream.ts';
import { everyVersion } from '../sbom/bills.ts';
import { inventoryOf, type Tree } from './images.ts';
import { rpmDatabase } from './rpm-databases.ts';

const of = (versionId: string, ...repositories: readonly string[]): string | undefined =>
  redHatChannel({ id: 'rhel', versionId }, { repositories, labels: [] });

describe('the stream of a Red Hat image', () => {
  test.each([
    ['9.4', 'rhel-9-for-x86_64-baseos-rpms', undefined],
    ['9.4', 'ubi-9-for-aarch64-baseos-rpms', undefined],
    ['9.4', 'rhocp-4.16-for-rhel-9-x86_64-rpms', undefined],
    ['9.2', 'rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2', 'eus-9.2'],
    ['9.2', 'rhel-9-for-x86_64-appstream-eus-source-rpms__9_DOT_2', 'eus-9.2'],
    ['8.6', 'rhel-8-for-x86_64-baseos-eus-rpms', 'eus-8.6'],
    ['9.0', 'rhel-9-for-x86_64-sap-solutions-e4s-rpms__9_DOT_0', 'e4s-9.0'],
    ['8.4', 'rhel-8-for-x86_64-baseos-aus-rpms__8_DOT_4', 'aus-8.4'],
    ['8.4', 'rhel-8-for-x86_64-baseos-tus-rpms__8_DOT_4', 'tus-8.4'],
    ['8.4', 'rhel-8-for-x86_64-baseos-eus-long-life-rpms__8_DOT_4', 'eus-long-life-8.4'],
    ['7.9', 'rhel-7-server-els-rpms', 'els'],
    ['7.6', 'rhel-7-server-eus-rpms__7_DOT_6__x86_64', 'eus-7.6'],
    ['7.6', 'rhel-7-server-eus-optional-rpms__7_DOT_6__x86_64', 'eus-7.6'],
    // of another release, or without any minor release to be of
    ['8.6', 'rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2', undefined],
    ['9', 'rhel-9-for-x86_64-baseos-eus-rpms', undefined],
  ])('given release %s and %s, then %s', (versionId, set, channel) => {
    expect(of(versionId, set)).toBe(channel);
  });

  test('given several, then the newest, and the longest of one minor release, in any order', () => {
    const sets = [
      'rhel-9-for-x86_64-baseos-rpms',
      'rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2',
      'rhel-9-for-x86_64-baseos-e4s-rpms__9_DOT_2',
      'rhel-9-for-x86_64-baseos-e4s-rpms__9_DOT_0',
    ];
    expect(of('9.2', ...sets)).toBe('e4s-9.2');
    expect(of('9.2', ...sets.toReversed())).toBe('e4s-9.2');
  });

  test('given another distribution, then none, whatever it says', () => {
    const repositories = ['rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2'];
    expect(redHatChannel({ id: 'centos', versionId: '9' }, { repositories, labels: [] })).toBeUndefined();
  });

  test.each([
    [{ cpe: 'cpe:/a:redhat:enterprise_linux:9::appstream' }, undefined],
    [{ cpe: 'cpe:/o:redhat:rhel_eus:9.2::baseos' }, 'eus-9.2'],
    [{ cpe: 'cpe:/a:redhat:rhel_e4s:9.2' }, 'e4s-9.2'],
    [{ cpe: 'cpe:/o:redhat:enterprise_linux_eus:9.2' }, 'eus-9.2'],
    [{ cpe: 'cpe:/o:redhat:rhel_eus:8.6::baseos' }, undefined],
    [{ cpe: 'cpe:/a:redhat:openshift:4.16::el9' }, undefined],
    [{ name: 'rhel9-2-els/rhel' }, 'eus-9.2'],
    [{ name: 'ubi9' }, undefined],
  ])('given no content sets but the labels %j, then %s', (labels, channel) => {
    expect(redHatChannel({ id: 'rhel', versionId: '9.2' }, { repositories: [], labels: [labels] })).toBe(channel);
  });

  test('is called as advisories call it', () => {
    for (const [set, versionId, ecosystem] of [
      ['rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_4', '9.4', 'rhel_eus:9.4::baseos'],
      ['rhel-8-for-x86_64-baseos-eus-long-life-rpms__8_DOT_4', '8.4', 'rhel_eus_long_life:8.4::appstream'],
      ['rhel-7-server-els-rpms', '7.9', 'rhel_els:7'],
      ['rhel-10-for-x86_64-baseos-eus-rpms__10_DOT_0', '10.0', 'enterprise_linux_eus:10.0'],
    ] as const)
      expect(of(versionId, set)).toBe(channelOfEcosystem(`Red Hat:${ecosystem}`));
  });
});

describe('the labels of a Red Hat image', () => {
  const rhel: Tree = {
    'etc/os-release': 'ID="rhel"\nVERSION_ID="9.2"\n',
    'var/lib/rpm/rpmdb.sqlite': rpmDatabase('sqlite'),
  };
  const dockerfile = (text: string): Tree => ({ 'root/buildinfo/Dockerfile-rhel-els-9.2-483': text });
  const labelled = `FROM koji/image-build
LABEL maintainer="Red Hat, Inc."
LABEL com.redhat.component="rhel-els-container" \\
      name="rhel9-2-els/rhel" \\
      version="9.2"
`;

  test('given a base whose Dockerfile names it, then what is built on it is of its stream', async () => {
    const { distribution, packages } = await inventoryOf({ ...rhel, ...dockerfile(labelled) }, { 'app/run': 'x' });
    expect(distribution?.channel).toBe('eus-9.2');
    expect(packages[0]?.key.channel).toBe('eus-9.2');
  });

  test.each(everyVersion)('is kept in its bill: $form $version', async (version) => {
    const image = await inventoryOf({ ...rhel, ...dockerfile(labelled) });
    const bill = billOfInventory(image, { name: 'a', digest: image.image, tool: { name: 't', version: '1' } });
    const read = inventoryOfBill(readBill(Buffer.from(writeBill(bill, version)), 'a test'), {
      digest: image.image,
      size: 1,
    });
    const ids = ({ packages }: typeof read) => packages.map(({ key }) => packageKeyId(key)).sort();
    expect(ids(read)).toEqual(ids(image));
    expect(ids(read)[0]).toContain('|eus-9.2|');
  });

  test('given content sets of the main stream, then labels say nothing more', async () => {
    const sets = JSON.stringify({ content_sets: ['rhel-9-for-x86_64-baseos-rpms'] });
    const { distribution } = await inventoryOf({
      ...rhel,
      ...dockerfile(labelled),
      'usr/share/buildinfo/content-sets.json': sets,
    });
    expect(distribution).not.toHaveProperty('channel');
  });

  test.each([
    ['a comment', '# LABEL name="rhel9-2-els/rhel"\n'],
    ['another instruction', 'ENV name="rhel9-2-els/rhel"\n'],
    ['a hostile value', 'LABEL name="rhel9-2-els/\u001b[2J"\n'],
    ['one without an end', `LABEL name="${'x'.repeat(5_000)}`],
  ])('given %s, then nothing is believed', async (_, text) => {
    const { distribution } = await inventoryOf({ ...rhel, ...dockerfile(text) });
    expect(distribution).not.toHaveProperty('channel');
  });
});
