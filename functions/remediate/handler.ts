import * as z from 'zod';

/** What a driver is started with. `part` counts the executions of one rollout, from 1. */
export const driveRequest = z.object({
  rollout: z.string().regex(/^[A-Za-z0-9_-]{1,50}$/, 'must be the id of a rollout'),
  part: z.number().int().min(1).max(10_000).default(1),
});
export type DriveRequest = z.output<typeof driveRequest>;

/** What one pass came to, as it is kept with the execution. */
export interface DrivenPass {
  readonly done: boolean;
  /** until when nothing can be done, in seconds from the pass's end */
  readonly waitSeconds: number;
  /** services that were told to change in this pass */
  readonly changes: number;
}

/**
 * The part of a durable context that is used: a step's result is kept, so a replay passes over it; a wait costs nothing. Both must come in the
 * same order in every replay: everything that decides comes from results of steps.
 */
export interface Durable {
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  wait(seconds: number): Promise<void>;
}

/** What remediate needs from outside. */
export interface RemediatePorts {
  readonly pass: (request: DriveRequest) => Promise<DrivenPass>;
  /** starts the next execution by its name; a second start of the same name is none */
  readonly succeed: (execution: string, request: DriveRequest) => Promise<void>;
}

/**
 * An execution ends after so much, whichever comes first: changes keep single executions small (design decision 13), passes keep them under
 * the 3,000 operations that one may have, a step and a wait each (aws.md section 5), with room for retries.
 */
export const executionLimits = { changes: 200, passes: 1_000 } as const;

const shortestWait = 1;
/** A wait is looked after at least once a day, so that an execution never sleeps through its rollout's end. */
const longestWait = 24 * 60 * 60;

/** What an execution came to. */
export type Driven = { readonly state: 'done' } | { readonly state: 'handed-on'; readonly to: string };

/** The name of a part's execution: the rollout's id, then numbered. */
export const executionName = ({ rollout, part }: DriveRequest): string =>
  part === 1 ? rollout : `${rollout}-part-${part}`;

/** Drives one rollout to its end, or hands on: passes as steps, waits in between. It decides nothing; the rows say what to do. */
export function makeRemediate(ports: RemediatePorts): (event: unknown, durable: Durable) => Promise<Driven> {
  return async (event, durable) => {
    const request = driveRequest.parse(event);
    let changes = 0;
    for (let number = 1; ; number += 1) {
      const pass = await durable.step(`pass ${number}`, () => ports.pass(request));
      if (pass.done) return { state: 'done' };
      changes += pass.changes;
      await durable.wait(Math.min(longestWait, Math.max(shortestWait, Math.ceil(pass.waitSeconds))));
      if (changes < executionLimits.changes && number < executionLimits.passes) continue;
      const next = { rollout: request.rollout, part: request.part + 1 };
      const to = executionName(next);
      await durable.step('hand on', () => ports.succeed(to, next));
      return { state: 'handed-on', to };
    }
  };
}
