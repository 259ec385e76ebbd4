import { describe, expect, it } from 'vitest';
import { fleetError } from '#root/shared/fleet/adapters/ecs-errors.ts';
import { Refused, Retryable, WorkloadGone } from '#shared/fleet';

const error = (name: string, message = '', more: object = {}): Error =>
  Object.assign(new Error(message), { name }, more);
const meant = (cause: unknown) => fleetError(cause, 'UpdateService', 'service web');

describe('what an ECS error means', () => {
  it.each([
    error('ThrottlingException', 'Rate exceeded'),
    error('TooManyRequestsException'),
    error('ServerException'),
    error('Odd', '', { $metadata: { httpStatusCode: 503 } }),
    error('Error', 'socket', { code: 'ECONNRESET' }),
    error('TimeoutError'),
    error('UpdateInProgressException'),
  ])('$name may pass: Retryable', (cause) => {
    expect(meant(cause)).toBeInstanceOf(Retryable);
    expect(meant(cause)).toMatchObject({ code: 'retryable', about: 'service web', cause });
  });

  it.each(['ServiceNotFoundException', 'ServiceNotActiveException', 'ClusterNotFoundException'])(
    '%s: WorkloadGone',
    (name) => {
      expect(meant(error(name))).toBeInstanceOf(WorkloadGone);
    },
  );

  it('reads a denial: who, what, on what, and what to allow', () => {
    const cause = error(
      'ClientException',
      'User: arn:aws:sts::111122223333:assumed-role/drydock-repair/x is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/web because no identity-based policy allows it',
    );
    const refused = fleetError(cause, 'RegisterTaskDefinition', 'task definition family web');
    expect(refused).toBeInstanceOf(Refused);
    expect(refused).toMatchObject({
      action: 'iam:PassRole',
      principal: 'arn:aws:sts::111122223333:assumed-role/drydock-repair/x',
      resource: 'arn:aws:iam::111122223333:role/web',
    });
    expect(refused.message).toContain(
      'allow arn:aws:sts::111122223333:assumed-role/drydock-repair/x iam:PassRole on arn:aws:iam::111122223333:role/web',
    );
  });

  it('takes everything else for a no that stays one', () => {
    expect(meant(error('InvalidParameterException', 'bad'))).toMatchObject({
      code: 'refused',
      action: 'ecs:UpdateService',
    });
    expect(meant(error('AccessDeniedException', 'no'))).toMatchObject({ code: 'refused', action: 'ecs:UpdateService' });
    const own = new WorkloadGone('a', 'b');
    expect(meant(own)).toBe(own);
    expect(meant(error('AbortError')).name).toBe('AbortError');
  });
});
