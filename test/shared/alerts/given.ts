import { type Alert, alertOf, type Channel, type RepairNews } from '#shared/alerts';
import type { Problem } from '#shared/findings';
import { keys, type Table } from '#shared/store';

/** An open problem as the store keeps it, with some of it replaced. */
export const problem = (more: Partial<Problem> = {}): Problem => ({
  key: { finding: 'DSA-2896-1', shard: 'Debian:7', name: 'openssl' },
  state: 'open',
  vulnerability: 'CVE-2014-0160',
  aliases: ['CVE-2014-0160'],
  records: ['DSA-2896-1'],
  package: 'openssl',
  packages: ['openssl 1.0.1e-2'],
  severity: { level: 'high', score: 7.5, source: 'CVSS 3.1' },
  malicious: false,
  fixedIn: '1.0.1e-2+deb7u5',
  why: '1.0.1e-2 < 1.0.1e-2+deb7u5 (dpkg)',
  workloads: ['1/local/demo/checkout'],
  acceptedBy: [],
  firstSeen: '2026-01-01T00:00:00.000Z',
  history: [{ at: '2026-01-01T00:00:00.000Z', transition: 'NEW', text: 'runs in checkout' }],
  baseline: false,
  rev: 1,
  ...more,
});

export const repair = (state: RepairNews['state'], at: string, more: Partial<RepairNews> = {}): RepairNews => ({
  state,
  id: 'plan-1',
  text: 'shop/checkout:2 is clean',
  approvable: state === 'PLANNED',
  at,
  ...more,
});

/** An alert of a problem in mode ask, told from high on. */
export const alert = (of: Problem, news?: RepairNews): Alert =>
  alertOf(of, [], {
    threshold: { severity: 'high', kev: true },
    modes: Object.fromEntries(of.workloads.map((id) => [id, 'ask' as const])),
    now: '2026-01-02T00:00:00.000Z',
    ...(news === undefined ? {} : { repair: news }),
  });

/** Puts a problem where `tellProblem` reads it. */
export const keep = (table: Table, of: Problem): Promise<unknown> =>
  table.put({ ...keys.problem(of.key.finding, of.key.shard, of.key.name), problem: { ...of }, rev: of.rev });

/** A channel that remembers what it was sent. */
export function recording(name: string, edits: boolean) {
  const sent: { readonly state: string; readonly header: string; readonly earlier: string | undefined }[] = [];
  const channel: Channel = {
    name,
    edits,
    async send(each, earlier) {
      sent.push({ state: each.state, header: each.header, earlier });
      return edits ? (earlier ?? `ts-${sent.length}`) : undefined;
    },
  };
  return { channel, sent };
}
