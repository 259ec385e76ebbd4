import { describe, expect, it } from 'vitest';
import { keepVex } from '#shared/findings';
import { type PlanProblem, planInputFor, readingProof } from '#shared/remedy';
import { imageReader } from '../../../shared/remedy/gather.ts';
import { digest } from './given.ts';
import { openssl, planning } from './planning.ts';

const problem: PlanProblem = {
  key: openssl,
  vulnerability: 'CVE-2014-0160',
  aliases: ['DSA-2896-1'],
  package: 'openssl',
  severity: 'high',
};

describe('the proof by reading', () => {
  it('finds the vulnerability in the old image and not in the clean one', async () => {
    const given = await planning();
    const clean = await given.pushClean();
    const proof = readingProof(given.ports);
    expect(await proof.inventoryHas(given.old, problem)).toMatchObject({ answer: 'present' });
    expect(await proof.inventoryHas(clean, problem)).toMatchObject({ answer: 'absent', generation: 1 });
  });

  it('knows nothing of what was never read, nor of what no advisories judge', async () => {
    const given = await planning();
    const clean = await given.pushClean();
    const proof = readingProof(given.ports);
    expect(await proof.inventoryHas(digest('0'), problem)).toMatchObject({ answer: 'unknown' });
    const elsewhere = { ...problem, key: { ...openssl, shard: 'Debian:99' } };
    expect(await proof.inventoryHas(clean, elsewhere)).toMatchObject({ answer: 'unknown' });
  });
});

describe('the proof of an image that VEX speaks of', () => {
  it('says who calls it harmless, in place of an absence that nobody saw', async () => {
    const given = await planning();
    const statement = {
      vulnerabilities: ['CVE-2014-0160'],
      products: [{ purls: [], digests: [given.old], subcomponents: [] }],
      status: 'not_affected' as const,
      justification: 'vulnerable_code_not_in_execute_path' as const,
      at: '2026-01-01T00:00:00Z',
      by: 'the vendor',
    };
    const document = {
      id: 'vex-1',
      form: 'openvex' as const,
      author: 'the vendor',
      at: statement.at,
      statements: [statement],
      skipped: [],
    };
    await keepVex(given.ports.table, document, { by: 'ann', now: new Date('2026-01-02T00:00:00Z') });
    const { answer, why } = await readingProof(given.ports).inventoryHas(given.old, problem);
    expect(answer).toBe('absent');
    expect(why).toMatch(
      /but for openssl 1\.0\.1e-2 \(VEX of the vendor: not affected, vulnerable code not in execute path\)/,
    );
  });
});

describe('what planning looks at', () => {
  it('is what runs with the problem, and every tagged image of its repository', async () => {
    const given = await planning({ services: 2 });
    const clean = await given.pushClean();
    const input = await planInputFor(given.ports, openssl, await imageReader(given.ports));
    expect(input?.affected.map(({ workload }) => workload.id)).toEqual(given.ids);
    expect(input?.candidates.map((each) => [each.digest, each.tags])).toEqual(
      expect.arrayContaining([
        [given.old, ['1']],
        [clean, ['2']],
      ]),
    );
  });

  it('is nothing when the problem is not open', async () => {
    const given = await planning();
    const clean = await given.pushClean();
    await given.run('checkout-0', clean);
    expect(await planInputFor(given.ports, openssl, await imageReader(given.ports))).toBeUndefined();
  });
});
