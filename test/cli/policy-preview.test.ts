import { describe, expect, test } from 'vitest';
import { type Policy, parsePolicy } from '#shared/policy';
import * as shapes from '../../cli/api-shapes.ts';
import { preview } from '../../cli/policy/preview.ts';
import { namedBy } from '../../cli/policy/preview-exceptions.ts';
import { previewText } from '../../cli/policy/preview-text.ts';
import type { PreviewInput } from '../../cli/policy/preview-types.ts';

const policy = (text: string): Policy => {
  const parsed = parsePolicy(text);
  if ('errors' in parsed) throw new Error(JSON.stringify(parsed.errors));
  return parsed.policy;
};

const digest = `sha256:${'a'.repeat(64)}`;
const now = new Date('2026-05-10T12:00:00Z');
const key = { finding: 'DSA-1-1', shard: 'Debian:12', name: 'curl' };

const workloadsOf = (all: readonly object[]) => shapes.workloads.parse({ workloads: all }).workloads;
const problemsOf = (all: readonly object[]) => shapes.problems.parse({ problems: all }).problems;

/** What a stack would answer: one service with one medium problem, one plan, and the news of both. */
const known = (name: string, tags: Record<string, string> = {}) => ({
  workloads: workloadsOf([
    {
      id: `1/eu/prod/${name}`,
      cluster: 'prod',
      name,
      tags,
      containers: [{ name: 'app', image: `r.example/${name}:1` }],
      runningDigests: [digest],
    },
  ]),
  problems: problemsOf([
    {
      key,
      state: 'open',
      vulnerability: 'CVE-2026-1',
      aliases: [],
      records: ['DSA-1-1'],
      package: 'curl',
      packages: ['curl 1'],
      severity: { level: 'medium', score: 5, source: 'DSA-1-1' },
      malicious: false,
      fixedIn: '2',
      why: '1 < 2',
      workloads: [`1/eu/prod/${name}`],
      acceptedBy: [],
      total: { workloads: 1, acceptedBy: 0 },
      firstSeen: '2026-05-01T00:00:00Z',
      history: [],
      baseline: false,
    },
  ]),
  plans: shapes.plans.shape.plans.parse([
    {
      id: 'plan-1',
      state: 'offered',
      title: 'a plan',
      verdict: 'needs-approval',
      approvable: true,
      reasons: [],
      changes: [
        {
          workload: `1/eu/prod/${name}`,
          container: 'app',
          from: digest,
          to: digest,
          how: 'x',
          wave: 1,
          verdict: 'needs-approval',
        },
      ],
      closes: [],
      remaining: [],
      rejected: [],
      madeAt: '2026-05-01T00:00:00Z',
      total: { workloads: 1, changes: 1, closes: 0, remaining: 0, rejected: 0, unhelped: 0 },
    },
  ]),
  images: new Map([
    [
      digest,
      shapes.image.parse({
        digest,
        coverage: { state: 'scanned', reasons: [] },
        names: [{ registry: 'r.example', repository: name, tags: ['1'] }],
        findings: [
          {
            vulnerability: 'CVE-2026-1',
            aliases: [],
            records: [{ id: 'DSA-1-1', source: 'DSA' }],
            package: { name: 'curl', version: '1', matchedName: 'curl', ecosystem: 'Debian:12' },
            severity: { level: 'medium', source: 'DSA-1-1' },
            status: 'affected',
            fixedIn: '2',
            malicious: false,
            why: '1 < 2',
          },
        ],
      }),
    ],
  ]),
  names: [{ repository: name, tags: ['1.0.0', '1.1.0', '2.0.0'] }],
  events: shapes.timeline.parse([
    {
      time: '2026-05-09T00:00:00Z',
      type: 'ProblemChanged',
      detail: { key, severity: 'medium', transitions: [{ transition: 'NEW', text: 'runs' }] },
    },
    {
      time: '2026-05-09T00:00:01Z',
      type: 'ProblemChanged',
      detail: {
        key: { ...key, name: 'gone' },
        severity: 'critical',
        transitions: [{ transition: 'NEW', text: 'runs' }],
      },
    },
    { time: '2026-05-09T00:00:02Z', type: 'AlertSent', detail: { header: 'x' } },
  ]),
});

const compare = (candidate: string, current = '', more: Partial<PreviewInput> = {}) =>
  preview({ ...known('shop'), current: policy(current), candidate: policy(candidate), now, ...more });

describe('a preview of a policy', () => {
  test('of the policy in force changes nothing', () => {
    const seen = compare('mode: ask\n', 'mode: ask\n');
    for (const all of [seen.modes, seen.plans, seen.verdicts])
      for (const each of all) expect(each.after).toBe(each.before);
    expect(seen.alerts.differ).toEqual([]);
    expect(seen.past).toEqual({ changes: 2, told: { before: 0, after: 0 }, forgotten: 1 });
  });

  test('says which services change their mode, and what becomes of their plans', () => {
    const text = 'services:\n  - service: prod/*\n    mode: auto\n';
    const seen = compare(text);
    expect(seen.modes).toEqual([
      { service: 'prod/shop', before: 'observe', after: 'auto', why: 'policy names prod/*' },
    ]);
    expect(seen.plans).toEqual([
      { plan: 'plan-1', service: 'prod/shop', before: 'is shown only', after: 'starts by itself' },
    ]);
    // a service's own tag goes before the policy
    expect(compare(text, '', known('shop', { 'drydock:repair': 'observe' })).modes[0]).toMatchObject({
      after: 'observe',
    });
  });

  test('says what would be told at once, now and in the days before', () => {
    const seen = compare('alert:\n  severity: medium\n');
    expect(seen.alerts).toMatchObject({
      open: 1,
      now: { before: 0, after: 1 },
      differ: [{ before: false, after: true }],
    });
    expect(seen.past).toEqual({ changes: 2, told: { before: 0, after: 1 }, forgotten: 1 });
  });

  test('asks repositories too, and says what has ended an exception', () => {
    const entry = (scope: string, end: string) =>
      `ignore: [{id: CVE-2026-1, reason: known, owner: team-a, scope: ${scope}, ${end}}]\n`;
    expect(compare(entry('{repository: shop}', 'until: 2027-01-01')).accepted).toHaveLength(1);
    expect(compare(entry('{repository: other}', 'until: 2027-01-01')).accepted).toHaveLength(0);
    const fixed = compare(entry('{}', 'untilFixed: true'));
    expect(fixed.accepted).toEqual([]);
    expect(fixed.endedExceptions).toEqual(['CVE-2026-1 (it is fixed in 2)']);
    expect(fixed.idleExceptions).toEqual([]);
  });

  test('knows where packages lie in what runs, and from where services are reached', () => {
    const base = known('shop');
    const debianKey = { ecosystem: 'Debian', release: '12', name: 'curl', version: '1' };
    const [image] = base.images.values();
    const at = (path: string, more: object = {}) => ({
      images: new Map([
        [
          digest,
          shapes.image.parse({
            ...image,
            findings: image!.findings.map((finding) => ({ ...finding, id: 'DSA-1-1', key: debianKey })),
            packageList: [
              { key: debianKey, path },
              { key: { ...debianKey, name: 'other' }, path: 'opt/other' },
            ],
          }),
        ],
      ]),
      problems: problemsOf([
        {
          ...base.problems[0],
          exposures: [{ workload: '1/eu/prod/shop', packages: [], digests: [digest], why: '', since: '', ...more }],
        },
      ]),
    });
    const entry = (rest: string) => `ignore: [{id: CVE-2026-1, reason: known, owner: team-a, ${rest}}]\n`;
    const vendored = entry('scope: {path: opt/vendor/**}, until: 2027-01-01');
    expect(compare(vendored, '', at('opt/vendor/curl')).accepted).toHaveLength(1);
    expect(compare(vendored, '', at('usr/lib/curl')).accepted).toHaveLength(0);
    // what was not read may lie elsewhere
    expect(compare(vendored, '', { ...at('opt/vendor/curl'), images: new Map() }).accepted).toHaveLength(0);
    const facing = { exposed: { reach: 'internet', why: 'load balancer shop-alb' } };
    const closed = compare(entry('untilExposed: true'), '', at('opt/curl', facing));
    expect(closed.endedExceptions).toEqual(['CVE-2026-1 (the internet reaches it: load balancer shop-alb)']);
  });

  test('counts the services that a list does not name, and asks for all where an exception decides of each', () => {
    const [problem] = known('shop').problems;
    const cut = { ...problem!, total: { workloads: 4_000, acceptedBy: 0 } };
    expect(compare('alert:\n  severity: medium\n', '', { problems: [cut] }).alerts.differ[0]?.header).toContain(
      '4000 services running',
    );
    const ignoring = (entry: string) =>
      policy(`ignore: [{${entry}, reason: known, owner: team-a, until: 2027-01-01}]\n`);
    for (const entry of ['id: DSA-1-1', 'id: cve-2026-1', 'scope: {package: cu*}', 'scope: {path: opt/**}'])
      expect(namedBy(ignoring(entry), cut), entry).toBe(true);
    for (const entry of ['id: CVE-2026-2', 'scope: {package: openssl}'])
      expect(namedBy(ignoring(entry), cut), entry).toBe(false);
  });

  test('says what exceptions accept, which have ended and which nothing needs', () => {
    const exception = (id: string, until: string) =>
      `  - id: ${id}\n    reason: known\n    owner: team-a\n    until: ${until}\n`;
    const seen = compare(
      `alert:\n  severity: low\nignore:\n${exception('CVE-2026-1', '2026-12-31')}${exception('CVE-2025-1', '2026-01-01')}${exception('CVE-2024-1', '2027-01-01')}`,
      'alert:\n  severity: low\n',
    );
    expect(seen.accepted).toEqual([{ problem: 'CVE-2026-1 in curl, prod/shop', reason: 'known', until: '2026-12-31' }]);
    expect(seen.endedExceptions).toEqual(['CVE-2025-1 (until 2026-01-01)']);
    expect(seen.idleExceptions).toEqual(['CVE-2024-1']);
    expect(seen.alerts.differ).toMatchObject([
      { before: true, after: false, why: 'accepted by an exception wherever it runs' },
    ]);
  });

  test('says what would be blocked, and which tags may be rolled out', () => {
    const seen = compare('block:\n  severity: medium\nnewer:\n  - repository: shop\n    tags: ^1.0\n');
    expect(seen.verdicts).toMatchObject([
      {
        image: 'prod/shop shop:1',
        before: 'pass',
        after: 'block',
        why: expect.stringContaining('CVE-2026-1 in curl: medium'),
      },
    ]);
    expect(seen.tags).toMatchObject([{ repository: 'shop', rule: '^1.0' }]);
    expect([...(seen.tags[0]?.tags ?? [])].sort()).toEqual(['1.0.0', '1.1.0']);
  });

  test('is honest about what it is computed from', () => {
    const plain = {
      columns: 100,
      progress: false,
      links: false,
      paint: (_: unknown, text: string) => text,
      write() {},
      note() {},
      complain() {},
      draw() {},
    };
    const text = previewText(
      compare('', '', { workloads: [], images: new Map() }),
      { file: 'p.yml', stack: 'the stack\u001b', days: 14, cutDays: ['2026-05-09'], workloads: 0, unread: 2 },
      plain,
    );
    expect(text).toContain(
      'the timeline of the last 14 days; of 2026-05-09 only the newest 300 events; nothing was changed',
    );
    expect(text).toContain('2 running images not read yet: no verdict');
    expect(text).toContain('(1 speak of problems that are gone and are not counted)');
    expect(text).not.toContain('\u001b');
  });
});
