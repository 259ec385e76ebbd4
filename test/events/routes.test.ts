import { describe, expect, it } from 'vitest';
import {
  checkPattern,
  ecrImageAction,
  ecsDeploymentStateChange,
  ecsServiceAction,
  ecsServiceOf,
  ecsTaskStateChange,
  type eventDetails,
  makeEvent,
  matches,
  routes,
} from '#shared/events';
import { recorded } from './recorded.ts';

const taken = (bus: 'default' | 'drydock', event: object): string[] =>
  routes
    .filter((route) => 'pattern' in route && route.bus === bus && matches(route.pattern, event))
    .map((route) => route.name);

describe('the routes', () => {
  it('have names of their own and patterns that EventBridge takes', () => {
    expect(new Set(routes.map((route) => route.name)).size).toBe(routes.length);
    for (const route of routes) {
      if ('pattern' in route) checkPattern(route.pattern);
      else expect(route.schedule).toMatch(/^(rate\(\d+ (minutes?|hours?|days?)\)|cron\(([^ ]+ ){5}[^ ]+\))$/);
      expect(route.lane !== undefined).toBe(route.function === 'scan-image');
    }
  });

  it.each(recorded)('take %s', (_, bus, event, names) => {
    expect(taken(bus, event)).toEqual(names);
  });

  it('take each of our own events that someone works on, once per function, and none that nobody parses', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const key = { finding: 'DSA-1', shard: 'Debian:12', name: 'openssl' };
    const place = { registry: 'r', repository: 'app' };
    const details: Record<keyof typeof eventDetails, { detail: object; functions: string[] }> = {
      ImageWanted: { detail: { ...place, digest }, functions: ['scan-image'] },
      ImageScanned: {
        detail: { ...place, digest, coverage: { state: 'scanned', reasons: [] }, counts: {} },
        functions: ['map-workloads', 'start-rollout'],
      },
      ImageUnreadable: { detail: { ...place, tag: 'x', code: 'not-found', text: 'gone' }, functions: [] },
      AdvisoriesChanged: {
        detail: { generation: 3, changes: [{ shard: 'Debian:12', names: ['openssl'] }] },
        functions: ['rematch'],
      },
      FeedRefused: { detail: { shard: 'Debian:12', text: 'shrank by half' }, functions: [] },
      WorkloadsTouched: { detail: { workloads: ['a/b/c/d'] }, functions: ['map-workloads'] },
      WorkloadsChanged: {
        detail: { workloads: [{ id: 'a/b/c/d', runningDigests: [digest] }] },
        functions: ['start-rollout'],
      },
      ProblemChanged: {
        detail: { key, transitions: [{ transition: 'NEW', text: 'new' }] },
        functions: ['alert', 'start-rollout'],
      },
      PlanMade: { detail: { plan: 'p', problems: [key], text: 't', approvable: true }, functions: ['alert'] },
      PlanApproved: { detail: { plan: 'p', by: 'ann' }, functions: ['start-rollout'] },
      RolloutNews: { detail: { rollout: 'r', problems: [key], state: 'VERIFIED', text: 't' }, functions: ['alert'] },
      RolloutStep: { detail: { rollout: 'r', workload: 'w', from: 'planned', to: 'registered' }, functions: [] },
      RolloutEnded: { detail: { rollout: 'r', state: 'done' }, functions: [] },
      AdvisoriesWanted: { detail: { ecosystems: ['npm'] }, functions: ['refresh-advisories'] },
      ExploitedChanged: { detail: { generation: 2 }, functions: ['map-workloads'] },
      BaselineDone: {
        detail: {
          workloads: 1,
          images: 1,
          problems: 0,
          exploited: 0,
          fixable: 0,
          bySeverity: {},
          worst: [],
          at: 'now',
        },
        functions: ['alert'],
      },
      SweepDone: { detail: { listed: 1, wanted: 0, postponed: 0, bytes: 0, at: 'now' }, functions: [] },
      SweepUnfinished: { detail: { began: 'now', stage: 'rows', turns: 1 }, functions: ['sweep'] },
      AlertSent: { detail: { header: 'CRITICAL' }, functions: [] },
    };
    for (const [type, { detail, functions }] of Object.entries(details)) {
      const event = makeEvent(type, detail, { now: new Date(0), id: '1' });
      const names = taken('drydock', event);
      expect(names.map((name) => routes.find((route) => route.name === name)?.function).sort(), type).toEqual(
        functions,
      );
      expect(taken('default', event), type).toEqual([]);
    }
  });

  it('put what nobody waits for into the backlog lane', () => {
    const wanted = (lane?: string): string[] =>
      taken(
        'drydock',
        makeEvent(
          'ImageWanted',
          { registry: 'r', repository: 'app', tag: 'x', ...(lane === undefined ? {} : { lane }) },
          { now: new Date(0), id: '1' },
        ),
      );
    expect(wanted()).toEqual(['image-wanted']);
    expect(wanted('interactive')).toEqual(['image-wanted']);
    expect(wanted('backlog')).toEqual(['image-wanted-backlog']);
  });
});

describe('AWS events', () => {
  it('are parsed in the shapes that AWS publishes', () => {
    const schemas: Record<string, { parse: (detail: unknown) => unknown }> = {
      'ECR Image Action': ecrImageAction,
      'ECS Task State Change': ecsTaskStateChange,
      'ECS Deployment State Change': ecsDeploymentStateChange,
      'ECS Service Action': ecsServiceAction,
    };
    const parsed = recorded.filter(([, , event]) => schemas[event['detail-type']]?.parse(event.detail) !== undefined);
    expect(parsed.length).toBeGreaterThanOrEqual(12);
  });

  it('name their service, as id parts', () => {
    const named = recorded
      .map(([what, , event]) => [what, ecsServiceOf(event)] as const)
      .filter(([, service]) => service !== undefined);
    expect(named.map(([what]) => what)).toEqual([
      'a task of a service that runs',
      'a task of a service that stopped',
      'a task on its way',
      'a deployment',
      'a service that is steady',
    ]);
    for (const [, service] of named)
      expect(service).toEqual({
        account: '111122223333',
        region: 'us-west-2',
        cluster: 'default',
        name: 'servicetest',
      });
  });

  it('name it by the ARNs of old, too, and never by half of one', () => {
    const [, , deployment] = recorded.find(([what]) => what === 'a deployment')!;
    const of = (resource: string, detail = {}): unknown =>
      ecsServiceOf({ ...deployment, resources: [resource], detail });
    expect(
      of('arn:aws-cn:ecs:cn-north-1:111122223333:service/old', {
        clusterArn: 'arn:aws-cn:ecs:cn-north-1:111122223333:cluster/c',
      }),
    ).toEqual({ account: '111122223333', region: 'cn-north-1', cluster: 'c', name: 'old' });
    for (const resource of [
      '',
      'arn:aws:ecs:us-west-2:111122223333:service/old',
      'arn:aws:ecs:us-west-2:111122223333:service/a/b/c',
      'arn:aws:ecs:us-west-2:111122223333:task/a/b',
      'arn:aws:ecs:us-west-2:1111:service/a/b',
      'x arn:aws:ecs:us-west-2:111122223333:service/a/b',
    ])
      expect(of(resource), resource).toBeUndefined();
    expect(ecsServiceOf({ ...deployment, source: 'drydock' })).toBeUndefined();
  });
});
