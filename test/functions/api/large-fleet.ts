import { type AdvisoryBook, type KevEntry, memoryBook } from '#shared/advisories';
import { type Exposure, keepWorkload, type ProblemKey, reconcileProblem } from '#shared/findings';
import { keys, memoryTable, type Range, type Table } from '#shared/store';
import { workload } from '../../shared/findings/world.ts';

/** What reading came to: calls as DynamoDB counts them (100 keys, or 64 rows, to a call), and rows. */
export interface Read {
  calls: number;
  rows: number;
}

const rowsOfCall = 64;
const keysOfCall = 100;

/** One flaw of a base image that everything is built on. */
export const flaw = (n: number): ProblemKey => ({
  finding: `DSA-${5_000 + n}-1`,
  shard: 'Debian:12',
  name: ['glibc', 'openssl', 'zlib', 'krb5'][n % 4] ?? '',
});

const exposureOf = (id: string, { finding, name }: ProblemKey, n: number): Exposure => ({
  workload: id,
  digests: [`sha256:${'a'.repeat(64)}`],
  packages: [`${name} 2.36-9+deb12u3`, `lib${name}6 2.36-9+deb12u3`],
  severity: {
    level: (['critical', 'high', 'medium', 'low'] as const)[n % 4] ?? 'unknown',
    score: 9.8 - (n % 4) * 2,
    source: 'CVSS 3.1',
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
  },
  status: 'affected',
  fixedIn: '2.36-9+deb12u4',
  vulnerability: `CVE-2026-${10_000 + n}`,
  aliases: [`CVE-2026-${10_000 + n}`],
  records: [finding, `DLA-${3_000 + n}-1`],
  malicious: false,
  summary: `${name} writes behind its buffer. `.repeat(12),
  why: '2.36-9+deb12u3 >= 0 and < 2.36-9+deb12u4 (dpkg)',
  exposed: id.endsWith('4321')
    ? { reach: 'internet', why: 'load balancer shop-alb (internet-facing)' }
    : { reach: 'none', why: 'nothing leads to it' },
  since: '2026-01-01T00:00:00.000Z',
});

/**
 * A fleet in which every service has every flaw, as reconciling keeps it. The rows of exposures, hundreds of thousands, are made when they are read: all
 * that a table would do with them. Reads are counted.
 */
export async function largeFleet(services: number, flaws: number) {
  const inner = memoryTable();
  const ids = Array.from(
    { length: services },
    (_, n) => `123456789012/eu-west-1/prod/service-${String(n).padStart(4, '0')}`,
  );
  const numbers = new Map(Array.from({ length: flaws }, (_, n) => [partitionOf(flaw(n)), n]));
  const rowOf = (pk: string, id: string) => {
    const n = numbers.get(pk) ?? 0;
    const key = flaw(n);
    return { ...keys.problemWorkload(key.finding, key.shard, key.name, id), exposure: exposureOf(id, key, n) };
  };
  const read: Read = { calls: 0, rows: 0 };
  async function* counted<T>(rows: AsyncIterable<T>): AsyncIterable<T> {
    let seen = 0;
    for await (const row of rows) {
      if (seen % rowsOfCall === 0) read.calls += 1;
      seen += 1;
      read.rows += 1;
      yield row;
    }
  }
  async function* exposuresIn({ pk, after = '' }: Range) {
    for (const id of ids) if (`W#${id}` > after) yield rowOf(pk, id);
  }
  const table: Table = {
    ...inner,
    get: (key, options) => {
      read.calls += 1;
      return inner.get(key, options);
    },
    batchGet: async (all, options) => {
      read.calls += Math.ceil(all.length / keysOfCall);
      read.rows += all.length;
      const made = all.filter(({ pk, sk }) => numbers.has(pk) && sk.startsWith('W#'));
      const found = await inner.batchGet(
        all.filter((key) => !made.includes(key)),
        options,
      );
      return [...found, ...made.map(({ pk, sk }) => rowOf(pk, sk.slice(2)))];
    },
    query: (range) => counted(numbers.has(range.pk) && range.prefix === 'W#' ? exposuresIn(range) : inner.query(range)),
    list: (index, options) => counted(inner.list(index, options)),
  };
  const digest = `sha256:${'a'.repeat(64)}` as const;
  for (const [n, id] of ids.entries())
    await keepWorkload(inner, {
      ...workload(
        `service-${n}`,
        '123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1',
        digest,
        '2026-01-01T00:00:00.000Z',
      ),
      id,
      tags: { team: 'checkout', 'drydock:repair': 'ask', 'aws:cloudformation:stack-name': 'shop-production' },
    });
  let now = new Date('2026-01-01T00:00:00.000Z');
  let book: AdvisoryBook = memoryBook([]);
  const reconcile = (n: number) =>
    reconcileProblem(
      { table, book, now: () => now, baseline: async () => false, tell: async () => undefined },
      flaw(n),
    );
  for (let n = 0; n < flaws; n += 1) await reconcile(n);
  return {
    table,
    ids,
    read,
    now: () => now,
    /** time goes on */
    at: (time: string) => {
      now = new Date(time);
    },
    /** A flaw is known to be exploited from now on, which is the worst there is. */
    exploited: async (n: number) => {
      const entry: KevEntry = { cve: `CVE-2026-${10_000 + n}`, dateAdded: '2026-01-02', ransomware: false };
      book = memoryBook([], [entry]);
      await reconcile(n);
    },
  };
}

const partitionOf = ({ finding, shard, name }: ProblemKey): string => keys.problem(finding, shard, name).pk;
