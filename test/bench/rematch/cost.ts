import { prices as known } from '../../../infra/costs.ts';
import type { Counts } from './counted-table.ts';

/** List prices in USD of us-east-1, without any free tier; Inspector's per image in ECR (aws.amazon.com/inspector/pricing). */
export const prices = {
  ...known,
  dynamoReadMillion: 0.125,
  s3GetThousand: 0.0004,
  eventMillion: 1,
  inspectorRescan: 0.01,
} as const;

/** Work of a month: what was counted, and the functions' time. */
export interface Work {
  readonly counts: Pick<Counts, 'readUnits' | 'writeUnits' | 'blobGets' | 'blobPuts'>;
  /** seconds of a function of 1 GB */
  readonly functionSeconds: number;
  /** events that start a function: one on the bus, three requests of a queue, one call */
  readonly events: number;
}

/** What it costs, by what is billed. */
export function costOf({ counts, functionSeconds, events }: Work): readonly (readonly [string, number])[] {
  return [
    ['DynamoDB reads', (counts.readUnits / 1e6) * prices.dynamoReadMillion],
    ['DynamoDB writes', (counts.writeUnits / 1e6) * prices.dynamoWriteMillion],
    ['S3', (counts.blobGets / 1e3) * prices.s3GetThousand + (counts.blobPuts / 1e3) * prices.s3PutThousand],
    ['Lambda', functionSeconds * prices.lambdaGbSecond + (events / 1e6) * prices.lambdaMillion],
    ['bus and queues', (events / 1e6) * (prices.eventMillion + 3 * prices.sqsMillion)],
  ];
}

/** Several pieces of work, each so many times. */
export function together(...pieces: readonly (readonly [number, Work])[]): Work {
  const sum = (of: (work: Work) => number): number => pieces.reduce((all, [times, work]) => all + times * of(work), 0);
  return {
    counts: {
      readUnits: sum(({ counts }) => counts.readUnits),
      writeUnits: sum(({ counts }) => counts.writeUnits),
      blobGets: sum(({ counts }) => counts.blobGets),
      blobPuts: sum(({ counts }) => counts.blobPuts),
    },
    functionSeconds: sum(({ functionSeconds }) => functionSeconds),
    events: sum(({ events }) => events),
  };
}
