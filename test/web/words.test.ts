import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alert, slackMessage } from '#shared/alerts';
import { eventDetails } from '#shared/events';
import { storyOf } from '../../local/story.ts';

interface Told {
  told(event: { readonly type: string; readonly detail: unknown }): readonly (readonly [string, string])[];
  readonly toldKinds: readonly string[];
}
interface Plain {
  visible(text: string): string;
  visibleData(value: unknown): unknown;
  slackText(text: string): string;
}
const page = async <T>(name: string): Promise<T> =>
  (await import(new URL(`../../web/${name}`, import.meta.url).href)) as T;
const { told, toldKinds } = await page<Told>('told.js');
const { visible, visibleData, slackText } = await page<Plain>('plain.js');

const digest = `sha256:${'0123456789ab'.padEnd(64, '0')}`;
const other = `sha256:${'f'.repeat(64)}`;
const shop = '000000000000/local/demo/shop';
const problems = [{ finding: 'DSA-1', shard: 'Debian:12', name: 'openssl' }];
const place = { registry: 'r', repository: 'shop' };

/** One event of each kind as its sender makes it. */
const samples: Readonly<Record<string, object>> = {
  ImageWanted: { ...place, tag: '1.0', why: 'it runs', lane: 'interactive' },
  ImageScanned: {
    ...place,
    digest,
    coverage: { state: 'partial', reasons: [{ code: 'no-advisories', text: 'no advisories for debian-12' }] },
    counts: { critical: 2, high: 0, medium: 1, fixable: 2 },
    packages: 7,
    bytesFetched: 12_345,
    layersRead: 1,
    layersReused: 2,
    milliseconds: 40,
  },
  ImageUnreadable: { ...place, tag: '2', code: 'unsupported', text: 'it is a helm chart' },
  AdvisoriesChanged: { generation: 2, changes: [{ shard: 'npm', names: ['a', 'b'] }] },
  AdvisoriesWanted: { ecosystems: ['Debian', 'npm'] },
  FeedRefused: { shard: 'npm', text: 'it went back in time' },
  SweepDone: { listed: 10, wanted: 3, postponed: 1, bytes: 20_000, at: '2026-11-24T10:00:00Z' },
  SweepUnfinished: { began: '2026-11-24T10:00:00Z', stage: 'rows', turns: 2 },
  ExploitedChanged: { generation: 2 },
  BaselineDone: {
    workloads: 3,
    images: 4,
    problems: 5,
    exploited: 1,
    fixable: 2,
    bySeverity: { high: 5 },
    worst: [],
    at: '2026-11-24T10:00:00Z',
  },
  WorkloadsTouched: { workloads: [shop] },
  WorkloadsChanged: {
    workloads: [
      { id: shop, runningDigests: [digest], before: [other] },
      { id: shop, runningDigests: [other], before: [other] },
      { id: shop, runningDigests: [], before: [other] },
    ],
  },
  ProblemChanged: {
    key: problems[0],
    severity: 'high',
    vulnerability: 'CVE-2026-1',
    package: 'openssl',
    transitions: [
      { transition: 'NEW', text: 'runs in shop' },
      { transition: 'FIX_AVAILABLE', text: 'fixed in 1.1' },
    ],
  },
  PlanMade: { plan: 'plan-1', problems, text: '1 workload in 1 wave', approvable: true },
  PlanApproved: { plan: 'plan-1', by: 'ann' },
  RolloutNews: { rollout: 'r-1', problems, state: 'ROLLING', text: 'started' },
  RolloutStep: { rollout: 'r-1', workload: shop, from: 'planned', to: 'updating', reason: 'its turn' },
  RolloutEnded: { rollout: 'r-1', state: 'verified', text: 'every workload is verified' },
  AlertSent: { header: 'HIGH - CVE-2026-1 openssl', state: 'NEW', channel: 'inbox' },
};

describe('the timeline', () => {
  it('has words for every kind of event that our functions send', () => {
    expect([...toldKinds].sort()).toEqual(Object.keys(eventDetails).sort());
    expect(Object.keys(samples).sort()).toEqual(Object.keys(eventDetails).sort());
  });

  it.each(Object.entries(samples))('tells %s as the terminal does', (type, detail) => {
    const event = {
      version: '0' as const,
      id: 'e',
      'detail-type': type,
      source: 'drydock',
      account: '0',
      region: 'local',
      time: '2026-11-24T10:00:00Z',
      resources: [],
      detail: detail as Record<string, unknown>,
    };
    const lines = told({ type, detail });
    expect(lines.length).toBeGreaterThan(0);
    for (const [, text] of lines) expect(text).not.toMatch(/undefined|NaN|\[object/);
    const terminal = storyOf(event).map(({ what, text }) => [what, text]);
    if (terminal.length > 0) expect(lines).toEqual(terminal);
  });

  it('leaves out what an event does not say, instead of making a zero of it', () => {
    const [read] = told({
      type: 'ImageScanned',
      detail: { ...place, digest, counts: {}, coverage: { state: 'scanned' } },
    });
    expect(read).toEqual(['read', 'shop@0123456789ab  ']);
  });

  it('does not take the first twenty of a list for the whole of it', () => {
    const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
    const [line] = told({ type: 'AdvisoriesChanged', detail: { generation: 2, changes: [{ shard: 'npm', names }] } });
    expect(line?.[1]).toContain('20 or more package names');
    const [counted] = told({
      type: 'AdvisoriesChanged',
      detail: { generation: 2, list: 'changes/2-1-x', names: 70_000 },
    });
    expect(counted?.[1]).toContain('70000 package names');
  });

  it('names a kind that it does not know, and survives any detail', () => {
    expect(told({ type: 'FromTheFuture', detail: {} })).toEqual([['event', 'FromTheFuture']]);
    expect(told({ type: 'constructor', detail: {} })).toEqual([['event', 'constructor']]);
    for (const type of toldKinds) expect(told({ type, detail: undefined })).toBeInstanceOf(Array);
  });
});

describe('outside text', () => {
  it('never keeps a character that hides, turns or moves text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text).replace(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      }),
    );
    expect(visible('a\u202Eb\u001b[31m')).toBe('a⟨U+202E⟩b⟨U+001B⟩[31m');
  });

  it('is cleaned wherever it lies in an answer, and nothing else of it changes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const cleaned = visibleData(value);
        expect(JSON.stringify(cleaned)).not.toMatch(/[\p{Cf}\u2028\u2029]/u);
        expect(visibleData(cleaned)).toEqual(cleaned);
      }),
    );
    const plain = { list: [1, true, null, 'text\nline'], deep: { digest } };
    expect(visibleData(plain)).toEqual(plain);
  });

  it('is shown by Slack, and so by the page, as it was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'<>&*_~`|!@ab;lgtmp'), maxLength: 60 }), (where) => {
        const alert = {
          header: 'h',
          why: '-',
          where,
          fix: '-',
          next: '-',
          history: [],
          buttons: [],
        } as unknown as Alert;
        const section = slackMessage(alert).blocks[2] as { readonly text: { readonly text: string } };
        expect(slackText(section.text.text.replace('*Where:* ', ''))).toBe(where);
      }),
    );
  });
});
