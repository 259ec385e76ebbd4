import { describe, expect, it } from 'vitest';
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
