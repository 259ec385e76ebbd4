import { Match, type Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { beforeAll, describe, expect, it } from 'vitest';
import { routes } from '#shared/events';
import { tableSchema } from '#shared/store/adapters/dynamo-schema';
import { accountSettings } from '../../infra/account-settings.ts';
import { synthesize } from './synth.ts';

type Properties = Readonly<Record<string, unknown>>;
type Resource = { readonly Type: string; readonly Properties: Properties; readonly DeletionPolicy?: string };

let built: ReturnType<typeof synthesize>;
let observed: Template;
let repaired: Template;

beforeAll(() => {
  built = synthesize({ repair: true, passRoles: ['checkout-*'], emails: ['people@example.com'] }, true);
  observed = built.observed;
  repaired = built.repaired!;
});

const all = (template: Template, type: string): [string, Resource][] =>
  Object.entries(template.findResources(type)) as [string, Resource][];
const both = (type: string): [string, Resource][] => [...all(observed, type), ...all(repaired, type)];
const attribute = (value: unknown): string => (value as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt']?.[0] ?? '';

describe('the rule packs', () => {
  it('find nothing that is not acknowledged with a reason', () => {
    built.app.synth();
    for (const pack of [new AwsSolutionsChecks(built.app), new ServerlessChecks(built.app)])
      expect(pack.validateScope(built.app).violations).toEqual([]);
  });

  it('would find what is wrong: a wildcard without a reason', async () => {
    const { PolicyStatement } = await import('aws-cdk-lib/aws-iam');
    const other = synthesize();
    const role = other.observe.node.findChild('Alert').node.findChild('Role');
    (role as unknown as { addToPolicy(statement: unknown): void }).addToPolicy(
      new PolicyStatement({ actions: ['ecs:*'], resources: ['*'] }),
    );
    const found = new AwsSolutionsChecks(other.app).validateScope(other.app).violations.map((each) => each.ruleName);
    expect(found).toContain('AwsSolutions-IAM5[Action::ecs:*]');
  });
});

describe('routes', () => {
  it('become rules, pattern for pattern and schedule for schedule, on their bus', () => {
    const rules = all(observed, 'AWS::Events::Rule').map(([, rule]) => rule.Properties);
    expect(rules).toHaveLength(routes.length);
    for (const route of routes) {
      const rule = rules.find((each) => each.Description === `Drydock ${route.name}`);
      expect(rule, route.name).toBeDefined();
      expect(rule?.EventBusName).toBe(route.bus === 'drydock' ? 'drydock' : undefined);
      if ('pattern' in route) expect(rule?.EventPattern).toEqual(route.pattern);
      else expect(rule?.ScheduleExpression).toBe(route.schedule);
    }
  });

  it('lead to the queue of their function and lane, with a place for what cannot be delivered', () => {
    const mappings = all(observed, 'AWS::Lambda::EventSourceMapping').map(([, each]) => each.Properties);
    for (const [, rule] of all(observed, 'AWS::Events::Rule')) {
      const route = routes.find((each) => rule.Properties.Description === `Drydock ${each.name}`)!;
      const [target] = rule.Properties.Targets as [Properties];
      const fed = mappings.filter((each) => attribute(each.EventSourceArn) === attribute(target.Arn));
      expect(fed).toHaveLength(1);
      const folder = JSON.stringify(fed[0]?.FunctionName).toLowerCase();
      expect(folder).toContain(route.function.replaceAll('-', ''));
      if (route.lane !== undefined) expect(attribute(target.Arn).toLowerCase()).toContain(route.lane);
      expect(attribute((target.DeadLetterConfig as Properties).Arn)).toMatch(/^Undelivered/);
      expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 });
    }
  });

  it('may send to their own queue and no other: the policy names the rules', () => {
    const rules = all(observed, 'AWS::Events::Rule');
    for (const [, policy] of all(observed, 'AWS::SQS::QueuePolicy')) {
      const statements = (policy.Properties.PolicyDocument as { Statement: Properties[] }).Statement;
      const queue = (policy.Properties.Queues as { Ref: string }[])[0]?.Ref ?? '';
      expect(
        statements.some((each) => each.Effect === 'Deny' && JSON.stringify(each.Condition).includes('SecureTransport')),
      ).toBe(true);
      const allowed = statements.filter((each) => each.Effect === 'Allow');
      for (const statement of allowed) {
        expect(statement.Action).toBe('sqs:SendMessage');
        const condition = (statement.Condition as { ArnEquals: { 'aws:SourceArn': unknown } }).ArnEquals[
          'aws:SourceArn'
        ];
        const senders = (Array.isArray(condition) ? condition : [condition]).map(attribute).sort();
        const targeting = rules
          .filter(([, rule]) => JSON.stringify(rule.Properties.Targets).includes(`"${queue}"`))
          .map(([id]) => id)
          .sort();
        expect(senders).toEqual(targeting);
      }
    }
  });
});

describe('queues', () => {
  it('have a dead-letter queue each, which is kept for 14 days and rings', () => {
    const queues = new Map(both('AWS::SQS::Queue'));
    const alarms = both('AWS::CloudWatch::Alarm').map(([, each]) => each.Properties);
    const fed = both('AWS::Lambda::EventSourceMapping').map(([, each]) => attribute(each.Properties.EventSourceArn));
    expect(fed).toHaveLength(8);
    for (const id of fed) {
      const redrive = queues.get(id)?.Properties.RedrivePolicy as {
        deadLetterTargetArn: unknown;
        maxReceiveCount: number;
      };
      expect(redrive.maxReceiveCount).toBe(5);
      const dead = attribute(redrive.deadLetterTargetArn);
      expect(queues.get(dead)?.Properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
      expect(fed).not.toContain(dead);
    }
    const deadLetters = [...queues.keys()].filter((id) => !fed.includes(id));
    for (const id of deadLetters) {
      const ringing = alarms.filter(
        (each) =>
          each.MetricName === 'ApproximateNumberOfMessagesVisible' &&
          JSON.stringify(each.Dimensions).includes(`"${id}"`),
      );
      expect(ringing, id).toHaveLength(1);
      expect(ringing[0]?.Threshold).toBe(1);
    }
    for (const id of fed)
      expect(
        alarms.filter(
          (each) =>
            each.MetricName === 'ApproximateAgeOfOldestMessage' && JSON.stringify(each.Dimensions).includes(`"${id}"`),
        ),
      ).toHaveLength(1);
  });

  it('hide a message six times as long as their function may take, and give back single records', () => {
    const functions = new Map(all(observed, 'AWS::Lambda::Function'));
    const queues = new Map(all(observed, 'AWS::SQS::Queue'));
    for (const [, mapping] of all(observed, 'AWS::Lambda::EventSourceMapping')) {
      const { EventSourceArn, FunctionName, FunctionResponseTypes, BatchSize, ScalingConfig } = mapping.Properties;
      const timeout = functions.get((FunctionName as { Ref: string }).Ref)?.Properties.Timeout as number;
      const visibility = queues.get(attribute(EventSourceArn))?.Properties.VisibilityTimeout as number;
      expect(visibility).toBeGreaterThanOrEqual(6 * timeout);
      expect(FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
      expect((ScalingConfig as { MaximumConcurrency: number }).MaximumConcurrency).toBeGreaterThanOrEqual(2);
      if (attribute(EventSourceArn).startsWith('ScanImage')) expect(BatchSize).toBe(1);
    }
  });
});

describe('batches', () => {
  const batchOf = (name: string): unknown =>
    all(observed, 'AWS::Lambda::EventSourceMapping').find(([, { Properties }]) =>
      attribute(Properties.EventSourceArn).startsWith(name),
    )?.[1].Properties.BatchSize;

  it('leave each part of a change that touches the whole fleet to a function of its own', () => {
    expect(batchOf('MapWorkloads')).toBe(1);
  });

  it('hold up no news behind those of a plan that hundreds of problems hear of', () => {
    expect(batchOf('Alert')).toBe(1);
  });

  it('are given where many events are one look: planning', () => {
    expect(batchOf('StartRollout')).toBe(10);
  });
});

describe('functions', () => {
  it('run Node 24 on arm64, with a role and a log group of their own, and no managed policy', () => {
    const functions = both('AWS::Lambda::Function');
    expect(functions).toHaveLength(9);
    const roles = functions.map(([, each]) => attribute(each.Properties.Role));
    const logs = functions.map(
      ([, each]) => (each.Properties.LoggingConfig as { LogGroup: { Ref: string } }).LogGroup.Ref,
    );
    expect(new Set(roles).size).toBe(9);
    expect(new Set(logs).size).toBe(9);
    for (const [, each] of functions) {
      expect(each.Properties.Runtime).toBe('nodejs24.x');
      expect(each.Properties.Architectures).toEqual(['arm64']);
    }
    for (const [, role] of both('AWS::IAM::Role')) expect(role.Properties.ManagedPolicyArns).toBeUndefined();
    for (const [, group] of both('AWS::Logs::LogGroup')) {
      expect(group.Properties.RetentionInDays).toBe(30);
      expect(group.DeletionPolicy).toBe('Delete');
    }
  });

  it('ring when they fail or are throttled', () => {
    const alarms = both('AWS::CloudWatch::Alarm').map(([, each]) => each.Properties);
    for (const [id] of both('AWS::Lambda::Function'))
      for (const metric of ['Errors', 'Throttles'])
        expect(
          alarms.filter((each) => each.MetricName === metric && JSON.stringify(each.Dimensions).includes(`"${id}"`)),
          `${id} ${metric}`,
        ).toHaveLength(1);
    for (const each of alarms) expect(each.AlarmActions).toHaveLength(1);
  });

  it('start no durable function from a queue, and name it by its alias only', () => {
    const durable = both('AWS::Lambda::Function').filter(([, each]) => each.Properties.DurableConfig !== undefined);
    expect(durable.map(([, each]) => each.Properties.FunctionName)).toEqual(['drydock-remediate']);
    const [id] = durable[0]!;
    for (const [, mapping] of both('AWS::Lambda::EventSourceMapping'))
      expect(JSON.stringify(mapping.Properties.FunctionName)).not.toContain(id);
    expect(all(repaired, 'AWS::Lambda::EventSourceMapping')).toEqual([]);
    // whatever mentions it as a function to invoke names the alias
    const invoked = [JSON.stringify(observed.toJSON()), JSON.stringify(repaired.toJSON())]
      .flatMap((text) => text.match(/function:drydock-remediate[^"]*/g) ?? [])
      .sort();
    expect(new Set(invoked)).toEqual(new Set(['function:drydock-remediate:*', 'function:drydock-remediate:live']));
    for (const template of [observed, repaired])
      for (const [, policy] of all(template, 'AWS::IAM::Policy'))
        for (const statement of (policy.Properties.PolicyDocument as { Statement: Properties[] }).Statement)
          if (JSON.stringify(statement.Action).includes('lambda:InvokeFunction'))
            expect(JSON.stringify(statement.Resource)).toContain('function:drydock-remediate:live');
    repaired.hasResourceProperties('AWS::Lambda::Alias', { Name: 'live', FunctionVersion: Match.anyValue() });
    expect(all(repaired, 'AWS::Lambda::Version').map(([, each]) => each.DeletionPolicy)).toEqual(['Retain']);
  });
});

describe('what is changed of what was there before', () => {
  it('is the list of pull-time exclusions, by the role that reads images, as long as the stack is there', () => {
    const [[, exclusion] = [], ...more] = all(observed, 'AWS::ECR::PullTimeUpdateExclusion');
    expect(more).toEqual([]);
    const scanning = all(observed, 'AWS::IAM::Role').find(
      ([, role]) => role.Properties.Description === 'Drydock scan-image',
    );
    expect(attribute(exclusion?.Properties.PrincipalArn)).toBe(scanning?.[0]);
    expect(exclusion?.DeletionPolicy).not.toBe('Retain');
    // who pulls layers is who must be excluded: no other role may
    const pulling = all(observed, 'AWS::IAM::Policy').filter(([, policy]) =>
      JSON.stringify(policy.Properties.PolicyDocument).includes('ecr:GetDownloadUrlForLayer'),
    );
    expect(pulling.map(([, policy]) => policy.Properties.Roles)).toEqual([[{ Ref: scanning?.[0] }]]);
    expect([observed, repaired].flatMap((template) => accountSettings(template.toJSON() as never))).toHaveLength(1);
  });
});

describe('what can be reached', () => {
  it('is one function URL, which takes IAM signatures only', () => {
    const urls = both('AWS::Lambda::Url');
    expect(urls.map(([, each]) => each.Properties.AuthType)).toEqual(['AWS_IAM']);
    expect(both('AWS::Lambda::Permission')).toEqual([]);
    const types = new Set(
      [observed, repaired].flatMap((template) =>
        Object.values(template.toJSON().Resources as Record<string, Resource>).map((each) => each.Type),
      ),
    );
    for (const type of [
      'AWS::ApiGateway::RestApi',
      'AWS::ApiGatewayV2::Api',
      'AWS::CloudFront::Distribution',
      'AWS::Cognito::UserPool',
      'AWS::ElasticLoadBalancingV2::LoadBalancer',
      'AWS::EC2::VPC',
      'AWS::AppSync::GraphQLApi',
    ])
      expect(types).not.toContain(type);
  });

  it('needs TLS: bucket, queues and topic', () => {
    for (const type of ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy'])
      for (const [id, policy] of both(type))
        expect(JSON.stringify(policy.Properties.PolicyDocument), id).toContain('"aws:SecureTransport":"false"');
    const [, bucket] = all(observed, 'AWS::S3::Bucket')[0]!;
    expect(bucket.Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
  });
});

describe('data', () => {
  it('is a table of the shape that the store speaks to', () => {
    const [, table] = all(observed, 'AWS::DynamoDB::Table')[0]!;
    const { BillingMode, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } = tableSchema('any');
    expect(table.Properties).toMatchObject({ BillingMode, KeySchema, GlobalSecondaryIndexes });
    const names = (list: unknown) => (list as { AttributeName: string }[]).map((each) => each.AttributeName).sort();
    expect(names(table.Properties.AttributeDefinitions)).toEqual(names(AttributeDefinitions));
    expect(table.Properties.PointInTimeRecoverySpecification).toMatchObject({ PointInTimeRecoveryEnabled: true });
  });

  it('outlives the stack, and nothing else does', () => {
    const kept = [observed, repaired].flatMap((template) =>
      Object.values(template.toJSON().Resources as Record<string, Resource>)
        .filter((each) => each.DeletionPolicy === 'Retain')
        .map((each) => each.Type),
    );
    // versions of the durable function are there for the executions that run on them; they go with the function
    expect(kept.sort()).toEqual(['AWS::DynamoDB::Table', 'AWS::Lambda::Version', 'AWS::S3::Bucket']);
  });

  it('can be found again by its tag', () => {
    for (const type of ['AWS::DynamoDB::Table', 'AWS::S3::Bucket'])
      expect(all(observed, type)[0]?.[1].Properties.Tags).toContainEqual({ Key: 'drydock:data', Value: 'true' });
  });
});

describe('without repair', () => {
  it('there is one stack, and start-rollout does not know of a driver', () => {
    const alone = synthesize();
    expect(alone.repaired).toBeUndefined();
    expect(JSON.stringify(alone.observed.toJSON())).not.toContain('drydock-remediate');
  });
});
