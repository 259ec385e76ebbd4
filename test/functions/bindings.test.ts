import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { durableStarter, environment } from '../../functions/bindings.ts';

/** A client that keeps what it was sent and answers in turn. */
function client(...answers: readonly (object | Error)[]) {
  const sent: Record<string, unknown>[] = [];
  const left = [...answers];
  return {
    sent,
    send: async (command: { readonly input: object }) => {
      sent.push(command.input as Record<string, unknown>);
      const answer = left.shift() ?? {};
      if (answer instanceof Error) throw answer;
      return answer as never;
    },
  };
}

const alias = 'arn:aws:lambda:eu-central-1:123456789012:function:drydock-remediate:live';

describe('starting a durable execution', () => {
  it('invokes the alias asynchronously under the name of the rollout', async () => {
    const lambda = client();
    await durableStarter(alias, lambda as never)('rollout-1', { rollout: 'rollout-1' });
    expect(lambda.sent).toEqual([
      {
        FunctionName: alias,
        InvocationType: 'Event',
        DurableExecutionName: 'rollout-1',
        Payload: Buffer.from('{"rollout":"rollout-1"}'),
      },
    ]);
  });

  it('takes one that is there already for started, and every other error for one', async () => {
    const started = Object.assign(new Error('there'), { name: 'DurableExecutionAlreadyStartedException' });
    await expect(durableStarter(alias, client(started) as never)('r', {})).resolves.toBeUndefined();
    const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    await expect(durableStarter(alias, client(denied) as never)('r', {})).rejects.toBe(denied);
  });

  it('refuses a function that is not qualified', () => {
    for (const name of ['drydock-remediate', alias.replace(/:live$/, '')])
      expect(() => durableStarter(name, client() as never)).toThrow(/no qualified/);
  });
});

describe('the environment', () => {
  it('that the code does not expect says what is missing', () => {
    expect(() => environment(z.object({ DRYDOCK_NO_SUCH: z.string() }))).toThrow(/DRYDOCK_NO_SUCH/);
  });
});
