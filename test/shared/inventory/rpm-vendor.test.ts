import { describe, expect, test } from 'vitest';
import { type PackageKey, packageKeyId, shardName } from '#shared/inventory';
import { keys } from '#shared/store';
import { rpmVendor } from '../../../shared/inventory/rpm-vendor.ts';
import { inventoryOf } from './images.ts';

const of = (id: string, version: string, supplier?: string): string | undefined =>
  rpmVendor(
    { type: 'rpm', name: 'a', version, ...(supplier === undefined ? {} : { supplier }) },
    { id, versionId: '9' },
  );

describe('who made an rpm package (trap 12)', () => {
  // Vendor tags as the distributions' own packages have them
  test.each([
    ['almalinux', '5.1.8-6.el9_1', 'AlmaLinux'],
    ['rocky', '5.1.8-6.el9_1', 'Rocky Enterprise Software Foundation'],
    ['rhel', '1.1.1k-9.el8_7', 'Red Hat, Inc.'],
    ['centos', '7.29.0-59.el7', 'CentOS'],
    ['fedora', '5.1.8-2.fc35', 'Fedora Project'],
    ['ol', '5.1.8-6.el9_1', 'Oracle America'],
    ['amzn', '8.3.0-1.amzn2.0.5', 'Amazon Linux'],
    ['amzn', '8.3.0-1.amzn2023.0.2', undefined],
    ['amzn', '1.0-1', undefined],
    ['sles', '4.4-150400.25.22', 'SUSE LLC <https://www.suse.com/>'],
    ['opensuse-leap', '4.4-150400.25.22', 'SUSE LLC <https://www.suse.com/>'],
    ['opensuse-tumbleweed', '5.2.26-10.1', 'openSUSE'],
    ['azurelinux', '3.3.0-1.azl3', 'Microsoft Corporation'],
    ['mariner', '1.1.1k-25.cm2', 'Microsoft Corporation'],
    ['mariner', '1.1.1k-25.cm2', undefined],
    ['photon', '5.1.16-1.ph4', 'VMware, Inc.'],
    ['mageia', '5.2.15-1.mga9', 'Mageia.Org'],
    ['openeuler', '5.2.15-9.oe2403', 'http://openeuler.org'],
    ['somebody-else', '1-1', 'Whoever'],
    ['constructor', '1-1', 'Whoever'],
    ['constructor', '1-1', undefined],
  ])('given %s %s by %s, then it is the distribution’s own', (id, version, supplier) => {
    expect(of(id, version, supplier)).toBeUndefined();
  });

  test.each([
    ['almalinux', '24.0.5-1.el9', 'Docker', 'docker'],
    ['rocky', '1.6.24-3.1.el8', 'Docker <support@docker.com>', 'docker'],
    ['rhel', '4.0.3-1.el9', 'Fedora Project', 'epel'],
    ['almalinux', '16.1-2PGDG.rhel9', 'PGDG', 'pgdg'],
    ['rocky', '16.1-2PGDG.rhel9', undefined, 'pgdg'],
    ['centos', '8.2.13-1.el7.remi', 'Remi Collet <https://rpms.remirepo.net/>', 'remi'],
    ['amzn', '18.19.0-1nodesource', undefined, 'nodesource'],
    ['rhel', '8.0.1-1', 'Microsoft Corporation', 'microsoft'],
    ['rocky', '1.25.3-1.el9.ngx', 'NGINX Packaging <nginx-packaging@f5.com>', 'nginx'],
    ['ol', '8.0.35-1.el9', 'Percona', 'percona'],
    ['fedora', '5.0.6-1.el8', 'MongoDB Inc.', 'mongodb-inc'],
    ['sles', '1.0-1.1', 'obs://build.opensuse.org/devel:tools', 'open-build-service'],
    ['almalinux', '1.0-1', undefined, 'nobody named'],
    ['almalinux', '1.0-1', '<>', 'nobody named'],
  ])('given %s %s by %s, then it is of %s', (id, version, supplier, vendor) => {
    expect(of(id, version, supplier)).toBe(vendor);
  });
});

describe('the longest package that is kept', () => {
  test('given every part at its bound, then its key fits into the store, and beyond it is reported', async () => {
    const line = (name: string): string =>
      [
        name,
        `${'9'.repeat(62)}-${'9'.repeat(62)}`,
        '1',
        '1',
        'v'.repeat(200),
        '9',
        '1',
        'a'.repeat(40),
        '9',
        `${name}-${'9'.repeat(62)}-${'8'.repeat(62)}.src.rpm`,
      ].join('\t');
    const tree = (name: string) => ({
      'etc/os-release': `ID=${'o'.repeat(64)}\nVERSION_ID=${'1'.repeat(64)}\n`,
      'var/lib/rpmmanifest/container-manifest-2': `${line(name)}\n`,
    });
    const [found] = (await inventoryOf(tree('n'.repeat(180)))).packages;
    expect(found).toBeDefined();
    const longest: PackageKey = {
      ...found!.key,
      channel: 'esm',
      vendor: 'v'.repeat(24),
      module: `${'m'.repeat(40)}:${'s'.repeat(24)}`,
    };
    const { sk } = keys.judgement(
      shardName(longest),
      longest.source ?? '',
      longest.sourceVersion ?? '',
      packageKeyId(longest),
    );
    expect(Buffer.byteLength(sk)).toBeLessThanOrEqual(1024);
    const { packages, coverage } = await inventoryOf(tree('n'.repeat(181)));
    expect(packages).toEqual([]);
    expect(coverage.reasons.map(({ code }) => code)).toContain('unreadable-evidence');
  });
});
