import { type FindingsPorts, findingsOfImage, headsOf } from '#shared/findings';
import type { ProofPort } from './drive-ports.ts';
import { planFinding } from './gather.ts';
import { isOfProblem, stands } from './weigh-candidate.ts';

/**
 * Proves by reading: what the layers of the running image were found to hold, judged by the newest generation of advisories. A digest that was
 * never read, or one that could not be judged whole by the shard that knows the problem, is unknown, and unknown proves nothing. Where the vulnerability is only
 * said to do no harm (VEX), or is another package's to answer for, the answer names who says so: that is no absence of its own.
 */
export function readingProof(ports: FindingsPorts): ProofPort {
  return {
    async inventoryHas(digest, problem) {
      const heads = await headsOf(ports.table, [digest]);
      const { generation, shards } = await ports.book.manifest({ fresh: true });
      if (heads.length === 0) return { answer: 'unknown', generation, why: `${digest} was not read yet` };
      if (!Object.hasOwn(shards, problem.key.shard))
        return { answer: 'unknown', generation, why: `there are no advisories for ${problem.key.shard}` };
      const excused = new Set<string>();
      for (const head of heads) {
        const view = await findingsOfImage(ports, head);
        if (view.unjudged > 0 || head.coverage.state === 'unsupported')
          return { answer: 'unknown', generation, why: `${head.digest} is not judged whole yet` };
        for (const finding of view.findings) {
          const found = planFinding(finding);
          if (!isOfProblem(found, problem) || !stands(found)) continue;
          const what = `${found.package} ${found.version}`;
          if (finding.hidden === undefined)
            return { answer: 'present', generation, why: `${head.digest} holds ${what}` };
          excused.add(`${what} (${finding.hidden})`);
        }
      }
      const but = excused.size === 0 ? '' : `, but for ${[...excused].sort().join('; ')}`;
      return {
        answer: 'absent',
        generation,
        why: `none of the ${heads.length === 1 ? 'packages' : 'packages of its platform images'} has ${problem.vulnerability}, by advisories of generation ${generation}${but}`,
      };
    },
  };
}
