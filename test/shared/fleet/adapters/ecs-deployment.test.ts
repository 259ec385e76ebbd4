import type { Deployment, Service, ServiceDeployment } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { observeDeployment } from '#root/shared/fleet/adapters/ecs-deployment.ts';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 2, 1) + seconds * 1000);
const revision = (number: string): string => `arn:aws:ecs:r:1:service-revision/c/web/${number}`;
const deployment = (number: string, more: Deployment = {}): Deployment => ({
  id: `ecs-svc/${number}`,
  status: 'PRIMARY',
  taskDefinition: 'def:2',
  rolloutState: 'IN_PROGRESS',
  createdAt: at(100),
  ...more,
});
const service = (...deployments: Deployment[]): Service => ({ taskDefinition: 'def:2', deployments });
const record = (number: string, more: ServiceDeployment = {}): ServiceDeployment => ({
  targetServiceRevision: { arn: revision(number) },
  createdAt: at(100),
  status: 'IN_PROGRESS',
  ...more,
});

describe("how a service's newest deployment stands", () => {
  it.each([
    ['PENDING', 'in-progress', undefined],
    ['IN_PROGRESS', 'in-progress', undefined],
    ['SUCCESSFUL', 'completed', undefined],
    ['STOP_REQUESTED', 'in-progress', { how: 'stop', by: 'person' }],
    ['STOPPED', 'failed', { how: 'stop', by: 'person' }],
    ['ROLLBACK_REQUESTED', 'in-progress', { how: 'rollback', by: 'person' }],
    ['ROLLBACK_IN_PROGRESS', 'in-progress', { how: 'rollback', by: 'unknown' }],
    ['ROLLBACK_SUCCESSFUL', 'rolled-back', { how: 'rollback', by: 'unknown' }],
    ['ROLLBACK_FAILED', 'failed', { how: 'rollback', by: 'unknown' }],
  ] as const)('by its record: %s is %s', (status, state, interrupted) => {
    const seen = observeDeployment(service(deployment('22')), record('22', { status }));
    expect(seen).toMatchObject({ id: 'ecs-svc/22', state, definition: 'def:2', count: 1 });
    expect(seen.interrupted).toEqual(interrupted);
  });

  it.each([
    [{ deploymentCircuitBreaker: { status: 'TRIGGERED' } }],
    [{ alarms: { triggeredAlarmNames: ['5xx'] } }],
    [{ rollback: { reason: 'Service deployment rolled back because the circuit breaker threshold was exceeded.' } }],
  ] as const)('and by whom it was cut short: %o', (evidence) => {
    for (const status of ['STOPPED', 'ROLLBACK_SUCCESSFUL'] as const) {
      if (status === 'STOPPED' && 'rollback' in evidence) continue;
      const seen = observeDeployment(
        service(deployment('22')),
        record('22', { status, ...(evidence as ServiceDeployment) }),
      );
      expect(seen.interrupted?.by).toBe('orchestrator');
    }
  });

  it("does not take the record of the deployment before for the new one's", () => {
    const now = service(deployment('33', { createdAt: at(105) }), deployment('22', { status: 'ACTIVE' }));
    expect(observeDeployment(now, record('22', { status: 'SUCCESSFUL' }))).toMatchObject({
      id: 'ecs-svc/33',
      state: 'in-progress',
      count: 2,
    });
    const later = service(deployment('33', { createdAt: at(900) }));
    expect(observeDeployment(later, record('22', { status: 'SUCCESSFUL' })).state).toBe('in-progress');
    // nor an earlier rollback's
    const rolledBack = record('22', { status: 'ROLLBACK_SUCCESSFUL', finishedAt: at(500) });
    expect(observeDeployment(later, rolledBack)).toMatchObject({ state: 'in-progress' });
    expect(observeDeployment(later, rolledBack).interrupted).toBeUndefined();
  });

  it('knows the rollback behind a PRIMARY that looks completed', () => {
    const back = service(deployment('44', { createdAt: at(300), taskDefinition: 'def:1', rolloutState: 'COMPLETED' }));
    const seen = observeDeployment(
      back,
      record('22', {
        status: 'ROLLBACK_SUCCESSFUL',
        finishedAt: at(400),
        deploymentCircuitBreaker: { status: 'TRIGGERED' },
      }),
    );
    expect(seen).toMatchObject({
      id: 'ecs-svc/44',
      state: 'rolled-back',
      definition: 'def:1',
      interrupted: { how: 'rollback', by: 'orchestrator' },
    });
    // by deployments[] alone: the reason tells
    const reason = 'ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/11.';
    const bare = observeDeployment(
      service(deployment('44', { rolloutState: 'COMPLETED', rolloutStateReason: reason })),
      undefined,
    );
    expect(bare).toMatchObject({ state: 'completed', reason, interrupted: { how: 'rollback', by: 'orchestrator' } });
  });

  it('falls back on deployments[], and on counts where there is no rollout state', () => {
    for (const [rolloutState, state] of [
      ['IN_PROGRESS', 'in-progress'],
      ['COMPLETED', 'completed'],
      ['FAILED', 'failed'],
    ] as const)
      expect(observeDeployment(service(deployment('1', { rolloutState })), undefined).state).toBe(state);
    const classic = (runningCount: number): Deployment => {
      const { rolloutState: _, ...rest } = deployment('1');
      return { ...rest, desiredCount: 2, runningCount, pendingCount: 0 };
    };
    expect(observeDeployment(service(classic(2)), undefined).state).toBe('completed');
    expect(observeDeployment(service(classic(1)), undefined).state).toBe('in-progress');
    expect(observeDeployment({ taskDefinition: 'def:9' }, undefined)).toEqual({
      id: '',
      state: 'unknown',
      definition: 'def:9',
      count: 0,
    });
  });
});
