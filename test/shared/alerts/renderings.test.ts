import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mailOf, slackMessage } from '#shared/alerts';
import { alert, problem, repair } from './given.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 5_000 }),
  fc.constantFrom(
    '<!channel> <@U123>',
    '<https://evil.test|click me>',
    '*bold* _it_ ~no~ `code`',
    '\u001b[2J\u001b[31mred',
    'a\u202eb\u2066c',
    '\r\nSubject: other',
    '&amp;&lt;',
    '\ud83d',
    `${'&'.repeat(10_000)}`,
    `${'😀'.repeat(3_000)}`,
  ),
);

const hostileAlert = fc
  .record({ text: hostile, name: hostile, id: hostile, long: fc.integer({ min: 0, max: 60 }) })
  .map(({ text, name, id, long }) =>
    alert(
      problem({
        key: { finding: id, shard: 'npm', name },
        vulnerability: id,
        package: name,
        packages: [text, text, text, text],
        severity: { level: 'critical', source: text },
        fixedIn: text,
        workloads: Array.from({ length: long + 1 }, (_, n) => `1/local/demo/${name}-${n}`),
        history: Array.from({ length: long + 1 }, () => ({
          at: '2026-01-01T00:00:00.000Z',
          transition: 'SPREAD' as const,
          text,
        })),
      }),
      repair('PLANNED', '2026-01-01T00:01:00.000Z', { text, id: text }),
    ),
  );

/** Every text of a Block Kit message with its kind. */
function textsOf(value: unknown): { readonly type: string; readonly text: string }[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value !== 'object' || value === null) return [];
  const here =
    'type' in value && 'text' in value && typeof value.text === 'string'
      ? [{ type: String(value.type), text: value.text }]
      : [];
  return [...here, ...Object.values(value).flatMap(textsOf)];
}

const controls = /[\p{C}\p{Zl}\p{Zp}]/u;

describe('a Slack message of hostile texts', () => {
  it('has no markup of theirs, no control characters, and stays within the limits', () => {
    fc.assert(
      fc.property(hostileAlert, (made) => {
        const message = slackMessage(made);
        const texts = textsOf(message.blocks);
        for (const { type, text } of [...texts, { type: 'mrkdwn', text: message.text }]) {
          // the word joiners are ours
          expect(text.replace(/[\n\u2060]/g, '')).not.toMatch(controls);
          expect(text.isWellFormed()).toBe(true);
          expect(text.length).toBeGreaterThan(0);
          if (type !== 'mrkdwn') continue;
          expect(text).not.toMatch(/[<>]/);
          expect(text.replace(/&(amp|lt|gt);/g, '')).not.toContain('&');
          expect(text.length).toBeLessThanOrEqual(3_000);
        }
        const [header] = texts;
        expect(header?.text.length).toBeLessThanOrEqual(150);
        expect(message.blocks.length).toBeLessThanOrEqual(50);
        expect(texts.reduce((sum, { text }) => sum + text.length, message.text.length)).toBeLessThan(12_000);
      }),
      { numRuns: 200 },
    );
  });

  it('makes no link, channel or mention of what only looks like one', () => {
    const { blocks } = slackMessage(alert(problem({ packages: ['@everyone https://evil.test #general'] })));
    const given = JSON.stringify(blocks).match(/"type":"mrkdwn"[^}]*/g) ?? [];
    expect(given).toHaveLength(5);
    for (const text of given) expect(text).toContain('"verbatim":true');
  });

  it('says the six lines of a calm one as they are', () => {
    const message = slackMessage(alert(problem(), repair('PLANNED', '2026-01-01T00:01:00.000Z')));
    expect(message.text).toBe(
      'HIGH - CVE-2014-0160 openssl - 1 service running: nothing happens until someone approves: drydock approve plan-1',
    );
    expect(textsOf(message.blocks).map(({ text }) => text)).toEqual([
      'HIGH - CVE-2014-0160 openssl - 1 service running',
      '*Why you:* severity high (CVSS 3.1); you run openssl 1.0.1e-2',
      '*Where:* checkout; first seen 2026-01-01T00:00:00.000Z',
      '*Fix:* fixed in openssl 1.0.1e-2+deb7u5; shop/checkout:2 is clean',
      '*Next:* nothing happens until someone approves: drydock approve plan-1',
      '2026-01-01T00:00 NEW: runs in checkout',
      'Approve',
      'Start the rollout?',
      'The plan starts with its first wave and stops by itself if that is not better.',
      'Approve',
      'Not now',
      'Explain',
      'Open',
    ]);
  });
});

describe('a mail of hostile texts', () => {
  it('has an ASCII subject of one line and attributes that are never empty', () => {
    fc.assert(
      fc.property(hostileAlert, hostile, (made, tag) => {
        const mail = mailOf({ ...made, labels: { env: tag, team: '' } });
        expect(mail.subject).toMatch(/^[\x20-\x7e]{1,100}$/);
        expect(mail.text.replace(/\n/g, '')).not.toMatch(controls);
        expect(Object.keys(mail.attributes)).toEqual(['severity', 'env', 'team', 'kind', 'kev']);
        for (const value of Object.values(mail.attributes)) expect(value.length).toBeGreaterThan(0);
      }),
    );
  });
});
