import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type VexProduct, type VexStatement, type VexSubject, vexFor, vexHides } from '#shared/vex';
import { matchesPurl } from '../../../shared/vex/vex-for.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const subject: VexSubject = {
  ids: ['CVE-2023-38545', 'DSA-5523-1'],
  digests: [digest],
  repositories: ['ghcr.io/owner/app'],
  purls: ['pkg:deb/debian/curl@7.88.1-10%2Bdeb12u3?arch=amd64&distro=debian-12'],
  packages: ['pkg:deb/debian/curl@7.88.1-10%2Bdeb12u3?arch=amd64&distro=debian-12', 'pkg:npm/app@1.0.0'],
};
const product = (purl: string, more: Partial<VexProduct> = {}): VexProduct => ({
  purls: [purl],
  digests: [],
  subcomponents: [],
  ...more,
});
const statement = (products: readonly VexProduct[], more: Partial<VexStatement> = {}): VexStatement => ({
  vulnerabilities: ['cve-2023-38545'],
  products,
  status: 'not_affected',
  justification: 'vulnerable_code_not_in_execute_path',
  at: '2026-01-01T00:00:00.000Z',
  by: 'team-a',
  ...more,
});
const curl = { purls: ['pkg:deb/debian/curl'], digests: [] };

describe('a statement is about a finding', () => {
  it.each<[string, VexProduct, boolean]>([
    ['the package', product('pkg:deb/debian/curl'), true],
    ['the package at its version', product('pkg:deb/debian/curl@7.88.1-10%2Bdeb12u3'), true],
    ['the version, unescaped', product('pkg:deb/debian/curl@7.88.1-10+deb12u3?distro=debian-12'), true],
    ['another version', product('pkg:deb/debian/curl@7.88.1-10%2Bdeb12u4'), false],
    ['another release', product('pkg:deb/debian/curl?distro=debian-11'), false],
    ['another vendor', product('pkg:deb/ubuntu/curl'), false],
    ['another kind', product('pkg:npm/curl'), false],
    ['the image by its digest', product(`pkg:oci/app@${digest}`), true],
    [
      'the image by its digest, escaped',
      product(`pkg:oci/app@${digest.replace(':', '%3A')}?repository_url=x.io/y`),
      true,
    ],
    ['another digest', product(`pkg:oci/app@sha256:${'b'.repeat(64)}?repository_url=ghcr.io/owner/app`), false],
    ['every image of the repository', product('pkg:oci/app?repository_url=ghcr.io/owner/app'), true],
    ['the repository without its last part', product('pkg:oci/app?repository_url=ghcr.io%2Fowner'), true],
    ['another repository', product('pkg:oci/app?repository_url=ghcr.io/other/app'), false],
    ['a tag, which moves', product('pkg:oci/app?repository_url=ghcr.io/owner/app&tag=1.2'), false],
    ['a last part of a name only', product('pkg:oci/app'), false],
    ['a hash of the image', product('urn:none', { digests: [digest] }), true],
    ['a part of the image', product(`pkg:oci/app@${digest}`, { subcomponents: [curl] }), true],
    [
      'another part of the image',
      product(`pkg:oci/app@${digest}`, { subcomponents: [{ purls: ['pkg:npm/app'], digests: [] }] }),
      false,
    ],
    ['a part of a package that is there', product('pkg:npm/app', { subcomponents: [curl] }), true],
    ['a part of a package that is not', product('pkg:npm/other', { subcomponents: [curl] }), false],
    ['what is no package URL', product('pkg:'), false],
  ])('by %s: %j', (_, about, matches) => {
    expect(vexFor([statement([about])], subject) !== undefined).toBe(matches);
  });

  it('only for a vulnerability that it names, in any case, by any alias', () => {
    const of = (...vulnerabilities: string[]) =>
      vexFor([statement([product('pkg:deb/debian/curl')], { vulnerabilities })], subject);
    expect(of('CVE-2023-38546', 'dsa-5523-1')).toMatchObject({ status: 'not_affected', by: 'team-a' });
    expect(of('CVE-2023-3854')).toBeUndefined();
  });

  it('whatever PyPI and NuGet names are written like', () => {
    expect(matchesPurl('pkg:pypi/Foo_Bar', 'pkg:pypi/foo-bar@1.0')).toBe(true);
    expect(matchesPurl('pkg:pypi/zope.interface@6.0', 'pkg:pypi/zope-interface@6.0')).toBe(true);
    expect(matchesPurl('pkg:nuget/newtonsoft.json', 'pkg:nuget/Newtonsoft.Json@13.0.1')).toBe(true);
    expect(matchesPurl('pkg:npm/Foo', 'pkg:npm/foo@1')).toBe(false);
  });
});

describe('of several statements', () => {
  it('the newest counts, and of one time the one that asks for more care, in any order', () => {
    const about = [product('pkg:deb/debian/curl')];
    const statements = [
      statement(about),
      statement(about, { status: 'affected', at: '2026-02-01T00:00:00.000Z', by: 'team-b' }),
      statement(about, { status: 'fixed', at: '2026-02-01T00:00:00.000Z', by: 'team-c' }),
      statement([product('pkg:npm/other')], { at: '2026-03-01T00:00:00.000Z' }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(statements, { minLength: 4 }), (shuffled) => {
        expect(vexFor(shuffled, subject)).toMatchObject({ status: 'affected', by: 'team-b' });
      }),
    );
  });
});

describe('what hides a finding', () => {
  it('is that it does no harm or is fixed, with the author and why; nothing else', () => {
    const answer = { by: 'team-a', at: '2026-01-01T00:00:00.000Z' };
    expect(
      vexHides({ ...answer, status: 'not_affected', justification: 'component_not_present', text: 'no curl' }),
    ).toBe('VEX of team-a: not affected, component not present: no curl');
    expect(vexHides({ ...answer, status: 'fixed' })).toBe('VEX of team-a: fixed');
    expect(vexHides({ ...answer, status: 'affected' })).toBeUndefined();
    expect(vexHides({ ...answer, status: 'under_investigation' })).toBeUndefined();
  });
});
