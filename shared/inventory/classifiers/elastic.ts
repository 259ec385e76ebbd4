import { type GoProgram, goProduct } from './go-product.ts';
import { nobody, type Product } from './product.ts';

const release = '(?<version>[7-9]\\.\\d{1,2}\\.\\d{1,2})(?=[a-z%:-])';

/**
 * The release is a constant of Elastic's Go code: it lies among the texts of its length, with no end of its own. What stands before it in real releases is known; where that is
 * another text the program is known, and its version is not.
 */
const after = (anchor: string, between = '') => ({
  anchor,
  expression: new RegExp(`^${anchor.replace('.', '\\.')}${between}${release}`),
  needsProof: true as const,
});

const beats = ['auditbeat', 'filebeat', 'heartbeat', 'metricbeat', 'packetbeat'] as const;

const programs: readonly GoProgram[] = [
  ...beats.map((name) => ({
    id: name,
    cpe: `elastic:${name}` as const,
    judge: nobody,
    hasOwnVersions: true as const,
    names: [name],
    module: 'github.com/elastic/beats',
    marks: [after('setupTest '), after('createplugin', '(?:output)?'), after('5m.rate')],
  })),
  {
    id: 'elastic-agent',
    cpe: 'elastic:elastic_agent',
    judge: nobody,
    hasOwnVersions: true,
    names: ['elastic-agent'],
    module: 'github.com/elastic/elastic-agent',
    marks: [after('enroll', '(?:: true)?'), after('3:04PM')],
  },
];

/** Elastic's Beats and its agent. */
export const elastic: readonly Product[] = programs.map(goProduct);
