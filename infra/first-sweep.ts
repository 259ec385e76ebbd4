import { randomUUID } from 'node:crypto';

/** What is sent where after a deployment, and after how many seconds it is seen. */
export interface FirstMessage {
  readonly queueUrl: string;
  readonly event: object;
  readonly delaySeconds: number;
}

/** Outputs of the observe stack that cannot be read; the stack and this code are of different versions. */
export class OutputsError extends Error {
  override readonly name = 'OutputsError';
  readonly code = 'bad-outputs';
}

/**
 * The first work of a deployment: the fleet is read, then the sweep asks for what runs, and each repository's newest tag. The sweep comes two minutes
 * later, so that it knows what runs; what starts later is asked for by map-workloads itself. Pure but for the events' ids.
 */
export function firstMessages(
  outputs: Readonly<Record<string, string | undefined>>,
  now: Date,
  at: { readonly account: string; readonly region: string },
): FirstMessage[] {
  const event = () => ({
    version: '0',
    id: randomUUID(),
    'detail-type': 'Deployed',
    source: 'drydock.deploy',
    account: at.account,
    time: now.toISOString(),
    region: at.region,
    resources: [],
    detail: {},
  });
  return (
    [
      ['FleetQueueUrl', 0],
      ['SweepQueueUrl', 120],
    ] as const
  ).map(([name, delaySeconds]) => {
    const queueUrl = outputs[name];
    if (queueUrl === undefined)
      throw new OutputsError(`the stack has no output ${name}; deploy again with this version of Drydock`);
    return { queueUrl, event: event(), delaySeconds };
  });
}
