import { beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '#shared/oci';
import type { ListedImage } from '#shared/sweep';
import { accountSettings } from '../../infra/account-settings.ts';
import { allowedActions, type Template } from '../../infra/allowed-actions.ts';
import { type Announced, announcement } from '../../infra/announcement.ts';
import { contextOf, deployOptions, destroyOptions, UsageError } from '../../infra/arguments.ts';
import { readConfig } from '../../infra/config.ts';
import { estimateDayOne, idleCost } from '../../infra/costs.ts';
import { firstMessages } from '../../infra/first-sweep.ts';
import { leftoversText } from '../../infra/leftovers.ts';
import { synthesize } from './synth.ts';

const image = (repository: string, number: number, over: Partial<ListedImage> = {}): ListedImage => ({
  registry: 'ecr',
  repository,
  digest: `sha256:${String(number).padStart(64, '0')}` as Digest,
  tags: [`v${number}`],
  bytes: 100e6,
  pushedAt: `2026-01-${String(number).padStart(2, '0')}T00:00:00Z`,
  ...over,
});

let known: Announced;

beforeAll(() => {
  const built = synthesize({
    repair: true,
    passRoles: ['checkout-*'],
    registries: [{ host: 'ghcr.io', secret: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:ghcr-AbCdEf' }],
  });
  const observe = built.observed.toJSON() as Template;
  known = {
    account: '123456789012',
    region: 'eu-central-1',
    config: built.config,
    observe: allowedActions(observe),
    repair: allowedActions(built.repaired?.toJSON() as Template),
    settings: accountSettings(observe),
    idle: idleCost(observe),
    dayOne: estimateDayOne([image('app', 1), image('app', 2), image('web', 3)], {
      cut: false,
      policy: { images: 'newest', dailyBytes: 50e9 },
      functions: 2,
      memoryMb: 2048,
    }),
    repairThere: false,
  };
});

describe('what is printed before a deployment', () => {
  it('says that observing changes one setting and nothing else, because no role can', () => {
    const { repair: _, ...observing } = known;
    const text = announcement(observing);
    const changes = /It may change:\n([\s\S]*?)\n\n/.exec(text)?.[1]?.split('\n') ?? [];
    expect(changes).toHaveLength(3);
    expect(changes[0]).toContain('no service, image or role: no role of the observe stack');
    expect(changes[1]).toMatch(
      /one setting of this region's ECR registry.*counts as no pull.*removed by npm run destroy/,
    );
    expect(changes[2]).toContain('its own table');
    expect(text).not.toMatch(/UpdateService|PassRole/);
    for (const read of ['ecr: BatchGetImage (repository/*)', 'DescribeServices', 'secretsmanager: GetSecretValue'])
      expect(text).toContain(read);
  });

  it('would not say so of a role that can', () => {
    const observe = { ...known.observe, 'Drydock alert': [{ actions: ['ecs:DeleteService'], resources: ['*'] }] };
    const { repair: _, ...observing } = known;
    const text = announcement({ ...observing, observe });
    expect(text).toContain('Drydock alert: ecs:DeleteService');
    expect(text).not.toContain('no role of the observe stack');
  });

  it('says nothing where nothing is set, and names a setting that nobody has described', () => {
    const { repair: _, ...observing } = known;
    expect(announcement({ ...observing, settings: [] })).toContain('It may change:\n  nothing: no role');
    const template = { Resources: { Rules: { Type: 'AWS::ECR::RegistryPolicy' }, Q: { Type: 'AWS::SQS::Queue' } } };
    expect(accountSettings(template)).toEqual(['Rules, a resource of the kind AWS::ECR::RegistryPolicy']);
  });

  it('names every change that the repair stack may make, and on what', () => {
    const text = announcement(known);
    for (const change of [
      'ecs:UpdateService on service/*',
      'iam:PassRole on role/checkout-*',
      'ecs:RegisterTaskDefinition on *',
    ])
      expect(text).toContain(change);
    expect(text).toContain('only services that are tagged drydock:repair = ask or auto');
  });

  it('names the hosts, the idle cost and the first day', () => {
    const text = announcement(known);
    for (const host of ['storage.googleapis.com', 'www.cisa.gov', 'epss.empiricalsecurity.com', 'ghcr.io'])
      expect(text).toContain(host);
    expect(text).toContain('3 images in 2 repositories');
    expect(text).toMatch(/2 images, at most 0\.2 GB .*about USD 0\.0\d/);
    const total = known.idle.reduce((sum, line) => sum + line.usd, 0);
    expect(text).toContain(`${total.toFixed(2).padStart(6)}  in all`);
    expect(total).toBeLessThan(15);
  });

  it('says what it does not know, and that a repair stack would be left without work', () => {
    const { repair: _, account: __, ...observing } = known;
    const text = announcement({ ...observing, dayOne: 'ECR could not be read (no credentials)', repairThere: true });
    expect(text).toContain('not known: ECR could not be read (no credentials)');
    expect(text).toContain('account of your credentials');
    expect(text).toMatch(/A repair stack is deployed.*--repair/);
  });
});

describe('the estimate of the first day', () => {
  const options = { cut: false, policy: { images: 'newest', dailyBytes: 50e9 }, functions: 2, memoryMb: 2048 } as const;

  it("reads each repository's newest tag within the day's budget, and counts the others", () => {
    const listed = [
      image('a', 1),
      image('a', 2),
      image('b', 3, { bytes: 40e9 }),
      image('c', 4, { bytes: 40e9 }),
      image('d', 5, { tags: [] }),
    ];
    expect(estimateDayOne(listed, options)).toMatchObject({
      repositories: 4,
      images: 5,
      read: 2,
      bytes: 40e9 + 100e6,
      postponed: 1,
    });
  });

  it('is nothing for an empty registry, and grows with bytes', () => {
    expect(estimateDayOne([], options)).toMatchObject({ images: 0, read: 0, usd: 0, minutes: 0 });
    const small = estimateDayOne([image('a', 1)], options);
    const large = estimateDayOne([image('a', 1, { bytes: 10e9 })], options);
    expect(large.usd).toBeGreaterThan(small.usd);
    expect(large.minutes).toBeGreaterThan(small.minutes);
  });

  it('of 2 TB stays near the dollar that the reference computes', () => {
    const listed = Array.from({ length: 20_000 }, (_, n) => image(`r${n}`, n));
    const { usd, bytes } = estimateDayOne(listed, { ...options, policy: { images: 'newest', dailyBytes: 3e12 } });
    expect(bytes).toBe(2e12);
    expect(usd).toBeGreaterThan(0.5);
    expect(usd).toBeLessThan(10);
  });
});

describe('the idle cost', () => {
  it('is counted from the template: alarms, queues, schedules', () => {
    const [alarms, polling, runs] = idleCost({
      Resources: {
        A: { Type: 'AWS::CloudWatch::Alarm' },
        B: { Type: 'AWS::CloudWatch::Alarm' },
        M: { Type: 'AWS::Lambda::EventSourceMapping' },
        R: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(15 minutes)' } },
        P: { Type: 'AWS::Events::Rule', Properties: { EventPattern: {} } },
      },
    });
    expect(alarms).toEqual({ what: '2 alarms', usd: 0.2 });
    expect(polling?.usd).toBeCloseTo(0.26, 2);
    expect(runs?.what).toBe('2920 runs by the clock');
  });
});

describe('the command lines', () => {
  it('become context for the CDK', () => {
    const options = deployOptions([
      '--repair',
      '--pass-role',
      'checkout-*',
      '--pass-role',
      'pay-*',
      '--email',
      'a@example.com',
    ]);
    expect(options).toEqual({
      repair: true,
      passRoles: ['checkout-*', 'pay-*'],
      emails: ['a@example.com'],
      yes: false,
    });
    const context = contextOf(options as never);
    const map = new Map(
      context.filter((each) => each !== '--context').map((each) => each.split('=') as [string, string]),
    );
    expect(readConfig((name) => map.get(name))).toMatchObject({
      repair: true,
      passRoles: ['checkout-*', 'pay-*'],
      emails: ['a@example.com'],
    });
    expect(contextOf(deployOptions([]) as never)).toEqual([]);
  });

  it.each([[['--pass-role', 'x']], [['--reapir']], [['now']]])('refuse %j', (args) => {
    expect(() => deployOptions(args)).toThrow(UsageError);
  });

  it('of destroy keep the data unless told', () => {
    expect(destroyOptions([])).toMatchObject({ deleteData: false, yes: false });
    expect(destroyOptions(['--delete-data', '--yes'])).toMatchObject({ deleteData: true, yes: true });
  });
});

describe('the first work', () => {
  it('reads the fleet, and sweeps when the fleet is known', () => {
    const messages = firstMessages(
      { FleetQueueUrl: 'https://q/fleet', SweepQueueUrl: 'https://q/sweep' },
      new Date(0),
      {
        account: '1',
        region: 'x',
      },
    );
    expect(messages.map(({ queueUrl, delaySeconds }) => [queueUrl, delaySeconds])).toEqual([
      ['https://q/fleet', 0],
      ['https://q/sweep', 120],
    ]);
    expect(() => firstMessages({}, new Date(0), { account: '1', region: 'x' })).toThrow(/no output FleetQueueUrl/);
  });

  it('finds its queues among the outputs of the stack', () => {
    const outputs = Object.keys((synthesize().observed.toJSON() as { Outputs: object }).Outputs);
    expect(outputs).toEqual(expect.arrayContaining(['FleetQueueUrl', 'SweepQueueUrl', 'ApiEndpoint']));
  });
});

describe('what stays after destroying', () => {
  const revision = (number: number, stands: boolean) => ({
    definition: `arn:aws:ecs:eu-central-1:123456789012:task-definition/app:${number}`,
    workload: `123456789012/eu-central-1/main/app${number}`,
    stands,
  });

  it('is listed: services on our revisions, the revisions, and the data', () => {
    const text = leftoversText({
      tables: ['DrydockObserve-StoreTable-1'],
      buckets: ['drydockobserve-storeblobs-1'],
      revisions: [revision(7, true), revision(8, false)],
      running: ['rollout-1'],
      deleteData: false,
    });
    expect(text).toMatch(/1 services go on running[\s\S]*main\/app7 {2}app:7/);
    expect(text).toMatch(/2 task definition revisions[\s\S]*app:7[\s\S]*app:8/);
    expect(text).toMatch(
      /deleted with --delete-data only[\s\S]*table DrydockObserve-StoreTable-1[\s\S]*bucket drydockobserve/,
    );
    expect(text).toMatch(/1 rollouts are under way[\s\S]*rollout-1/);
  });

  it('is no data when that is to be deleted, and says when it does not know', () => {
    const text = leftoversText({
      tables: ['t'],
      buckets: [],
      revisions: [],
      running: [],
      unknown: 'there is no table',
      deleteData: true,
    });
    expect(text).toMatch(/Deleted for good[\s\S]*table t/);
    expect(text).not.toContain('--delete-data only');
    expect(text).toContain('not known: there is no table');
  });

  it('stays readable when it is much', () => {
    const text = leftoversText({
      tables: [],
      buckets: [],
      revisions: Array.from({ length: 5_000 }, (_, n) => revision(n, true)),
      running: [],
      deleteData: false,
    });
    expect(text.split('\n').length).toBeLessThan(130);
    expect(text).toContain('and 4950 more');
  });
});
