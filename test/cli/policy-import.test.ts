import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '#shared/policy';
import { exceptionsText, importRules as imported, mergeExceptions } from '../../cli/policy/import/import-rules.ts';
import { drydock, freshFolder } from './command.ts';

const fixed = { untilFixed: true } as const;

/** What rules become; all of it has the owner that was given, who is left out here. */
function importRules(text: string, file: string, ends: Parameters<typeof imported>[2]): ReturnType<typeof imported> {
  const { exceptions, refused } = imported(text, file, ends, 'team-a');
  expect(exceptions.every(({ owner }) => owner === 'team-a')).toBe(true);
  return { exceptions: exceptions.map(({ owner: _, ...rest }) => rest), refused };
}

describe('a .trivyignore', () => {
  const text = `# Accept the risk
CVE-2018-14618

# No impact in our settings
CVE-2018-14619 exp:2027-01-01
GHSA-jfh8-c2jp-5v3q  # only at build time

AVD-DS-0002
generic-unwanted-rule
CVE-2019-1 until-later
`;

  it('becomes exceptions with the comment above as reason; what is no vulnerability is named', () => {
    expect(importRules(text, '.trivyignore', fixed)).toEqual({
      exceptions: [
        { id: 'CVE-2018-14618', scope: {}, reason: 'Accept the risk', untilFixed: true },
        { id: 'CVE-2018-14619', scope: {}, reason: 'No impact in our settings', until: '2026-12-31' },
        { id: 'GHSA-jfh8-c2jp-5v3q', scope: {}, reason: 'only at build time', untilFixed: true },
      ],
      refused: [
        'line 8: AVD-DS-0002: is no id of a vulnerability; the policy accepts nothing else',
        'line 9: generic-unwanted-rule: is no id of a vulnerability; the policy accepts nothing else',
        'line 10: CVE-2019-1: until-later is not understood',
      ],
    });
  });

  it('without an end for what never ends refuses that, and says how to give one', () => {
    const { exceptions, refused } = importRules(text, '.trivyignore', {});
    expect(exceptions.map(({ id }) => id)).toEqual(['CVE-2018-14619']);
    expect(refused[0]).toBe(
      'line 2: CVE-2018-14618: it never ends; say how it shall, with --until <day>, --until-fixed or --until-kev',
    );
  });

  it('in YAML keeps paths and packages, and refuses what would accept more', () => {
    const yaml = `vulnerabilities:
  - id: CVE-2022-40897
    paths: [usr/local/lib/python3.9/site-packages/setuptools-*/METADATA]
    statement: Accept the risk
    expired_at: 2027-03-01
  - id: CVE-2023-2650
    purls: ["pkg:npm/%40scope/name", "pkg:maven/org.yaml/snakeyaml"]
  - id: CVE-2023-3446
    purls: ["pkg:npm/lodash@4.17.20"]
  - id: CVE-2023-3817
    purls: ["pkg:deb/debian/libssl3"]
  - id: AVD-AWS-1
misconfigurations:
  - id: AVD-DS-0001
`;
    expect(importRules(yaml, '.trivyignore.yaml', fixed)).toEqual({
      exceptions: [
        {
          id: 'CVE-2022-40897',
          scope: { path: 'usr/local/lib/python3.9/site-packages/setuptools-*/METADATA' },
          reason: 'Accept the risk',
          until: '2027-02-28',
        },
        {
          id: 'CVE-2023-2650',
          scope: { package: '@scope/name' },
          reason: 'taken from .trivyignore.yaml, which says no reason',
          untilFixed: true,
        },
        {
          id: 'CVE-2023-2650',
          scope: { package: 'org.yaml:snakeyaml' },
          reason: 'taken from .trivyignore.yaml, which says no reason',
          untilFixed: true,
        },
      ],
      refused: [
        'misconfigurations: the policy accepts vulnerabilities only',
        'vulnerabilities[2]: CVE-2023-3446: pkg:npm/lodash@4.17.20: one version cannot be expressed; take it off to accept every version',
        'vulnerabilities[3]: CVE-2023-3817: pkg:deb/debian/libssl3: exceptions name the source package; write it into scope.package',
        'vulnerabilities[4]: AVD-AWS-1 is no id of a vulnerability',
      ],
    });
  });
});

describe("Grype's ignore rules", () => {
  it('become exceptions; a rule that says more than the policy can is refused', () => {
    const yaml = `ignore:
  - vulnerability: CVE-2008-4318
    fix-state: not-fixed
    reason: not reachable
  - package: {name: libcurl, upstream-name: curl, type: deb}
    vulnerability: CVE-2023-38545
  - package: {location: "/usr/local/lib/node_modules/**"}
  - vulnerability: CVE-2023-1
    package: {name: lodash, version: 4.17.20, type: npm}
  - vulnerability: CVE-2023-2
    fix-state: wont-fix
  - package: {name: libcurl}
  - package: {type: gem}
  - vulnerability: CVE-2023-3
    namespace: debian:distro:debian:12
  - {}
`;
    expect(importRules(yaml, '.grype.yaml', { untilKev: true })).toEqual({
      exceptions: [
        { id: 'CVE-2008-4318', scope: {}, reason: 'not reachable', untilKev: true, untilFixed: true },
        {
          id: 'CVE-2023-38545',
          scope: { package: 'curl' },
          reason: 'taken from Grype, which says no reason',
          untilKev: true,
        },
        {
          scope: { path: '/usr/local/lib/node_modules/**' },
          reason: 'taken from Grype, which says no reason',
          untilKev: true,
        },
      ],
      refused: [
        'ignore[3]: version cannot be expressed',
        'ignore[4]: fix-state wont-fix cannot be expressed',
        'ignore[5]: package.name libcurl may be a binary package; exceptions name the source package (upstream-name)',
        'ignore[6]: package.type gem without a vulnerability cannot be expressed',
        'ignore[7]: namespace cannot be expressed',
        'ignore[8]: it names neither a vulnerability nor a package nor a place',
      ],
    });
  });
});

describe('imported exceptions', () => {
  const { exceptions } = imported('CVE-2018-14618\nCVE-2018-14619 exp:2027-01-01\n', '.trivyignore', fixed, 'team-a');

  it('are a sound policy by themselves', () => {
    const parsed = parsePolicy(exceptionsText(exceptions));
    expect('policy' in parsed && parsed.policy.ignore).toEqual(exceptions);
  });

  it('go into a policy once, beside its comments', () => {
    const before =
      '# ours\nmode: ask # careful\nignore:\n  - {id: CVE-2020-1, reason: r, owner: o, until: 2027-01-01} # old\n';
    const once = mergeExceptions(before, exceptions, 'p.yaml');
    expect(once.added).toBe(2);
    for (const kept of ['# ours', '# careful', '# old', 'CVE-2020-1']) expect(once.text).toContain(kept);
    expect(mergeExceptions(once.text, exceptions, 'p.yaml').added).toBe(0);
    expect(mergeExceptions('', exceptions, 'p.yaml').added).toBe(2);
    expect(() => mergeExceptions('mode: atuo', exceptions, 'p.yaml')).toThrow(/p.yaml is not sound/);
  });

  it('are not taken for one that ends earlier, or denies the risk', () => {
    for (const more of ['untilEpss: 0.1', 'untilExposed: true', 'justification: component_not_present']) {
      const [first] = exceptions;
      const before = `ignore:\n  - {id: ${first?.id}, reason: '${first?.reason}', owner: team-a, untilFixed: true, ${more}}\n`;
      expect(mergeExceptions(before, exceptions.slice(0, 1), 'p.yaml').added, more).toBe(1);
    }
  });

  it('by the command, which names what it leaves out and ends with 3 then', async () => {
    const home = freshFolder();
    const file = path.join(home, '.trivyignore');
    writeFileSync(file, 'CVE-2018-14618\nAVD-DS-0002\n');
    const printed = await drydock(['policy', 'import', file, '--owner', 'team-a', '--until', '2027-03-31'], { home });
    expect(printed.code).toBe(3);
    expect(printed.stdout).toContain('until: 2027-03-31');
    expect(printed.stderr).toContain('not taken: line 2: AVD-DS-0002');
    const policy = path.join(home, 'policy.yaml');
    writeFileSync(policy, '# ours\n');
    writeFileSync(file, 'CVE-2018-14618\n');
    const merged = await drydock(['policy', 'import', file, '--owner', 'team-a', '--until-kev', '--into', policy], {
      home,
    });
    expect([merged.code, merged.stdout]).toEqual([0, `${policy}: 1 exception added, 0 were there\n`]);
    expect(readFileSync(policy, 'utf8')).toContain('owner: team-a\n    untilKev: true');
    const nobody = await drydock(['policy', 'import', file, '--until-kev'], { home });
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining('name who answers for these exceptions')]);
    expect((await drydock(['policy', 'import', file, '--owner', 'o', '--until', '31.3.2027'], { home })).code).toBe(1);
    expect((await drydock(['policy', 'import', path.join(home, 'none'), '--owner', 'o'], { home })).stderr).toContain(
      'cannot be read',
    );
  });
});
