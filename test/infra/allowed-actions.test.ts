import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AllowedActions, allowedActions, reachOf, type Template } from '../../infra/allowed-actions.ts';
import { synthesize } from './synth.ts';

const file = path.join(import.meta.dirname, '../../infra/allowed-actions.json');
const agreed = JSON.parse(readFileSync(file, 'utf8')) as Record<
  'observe' | 'repair' | 'observe-with-repair',
  AllowedActions
>;

const templateOf = (template: { toJSON(): unknown } | undefined): Template => template?.toJSON() as Template;

let observe: AllowedActions;
let withRepair: AllowedActions;
let repair: AllowedActions;

beforeAll(() => {
  observe = allowedActions(templateOf(synthesize().observed));
  const both = synthesize({ repair: true, passRoles: ['checkout-*', 'arn:aws:iam::123456789012:role/ecs/pay-*'] });
  withRepair = allowedActions(templateOf(both.observed));
  repair = allowedActions(templateOf(both.repaired));
});

const actionsOf = (allowed: AllowedActions): string[] =>
  Object.values(allowed).flatMap((statements) => statements.flatMap((statement) => statement.actions));

describe('what the roles may do', () => {
  it('is what infra/allowed-actions.json says, no more and no less', () => {
    expect({
      observe,
      repair,
      'observe-with-repair': { 'Drydock start-rollout': withRepair['Drydock start-rollout'] },
    }).toEqual(agreed);
  });

  it('lets the observe stack change nothing of ECS, EKS, images or IAM, with or without a repair stack', () => {
    for (const allowed of [observe, withRepair]) {
      const actions = actionsOf(allowed);
      expect(actions.length).toBeGreaterThan(50);
      expect(actions.filter((action) => action.includes('*'))).toEqual([]);
      expect(actions.filter((action) => reachOf(action) === 'changes')).toEqual([]);
    }
    expect(actionsOf(observe).filter((action) => action.startsWith('lambda:'))).toEqual([]);
  });

  it('lets repair change start-rollout alone, by the one alias that it may start', () => {
    const differing = Object.keys(observe).filter(
      (role) => JSON.stringify(observe[role]) !== JSON.stringify(withRepair[role]),
    );
    expect(differing).toEqual(['Drydock start-rollout']);
    const more = withRepair['Drydock start-rollout']?.filter((statement) =>
      statement.actions.includes('lambda:InvokeFunction'),
    );
    expect(more?.map((statement) => statement.resources)).toEqual([
      ['arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:drydock-remediate:live'],
    ]);
  });

  it('lets the repair stack change only tagged services, by named roles', () => {
    const statements = repair['Drydock remediate'] ?? [];
    const changing = statements.filter((statement) =>
      statement.actions.some((action) => reachOf(action) === 'changes'),
    );
    expect(
      changing.flatMap((statement) => statement.actions).filter((action) => reachOf(action) === 'changes'),
    ).toEqual(['ecs:RegisterTaskDefinition', 'ecs:TagResource', 'ecs:UpdateService', 'iam:PassRole'].sort());
    const update = statements.find((statement) => statement.actions.includes('ecs:UpdateService'));
    expect(update?.condition).toEqual({ StringEquals: { 'aws:ResourceTag/drydock:repair': ['ask', 'auto'] } });
    const pass = statements.find((statement) => statement.actions.includes('iam:PassRole'));
    expect(pass?.condition).toEqual({ StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } });
    expect(pass?.resources).toEqual([
      'arn:<AWS::Partition>:iam::<AWS::AccountId>:role/checkout-*',
      'arn:aws:iam::123456789012:role/ecs/pay-*',
    ]);
  });

  it('names no thing of Drydock by a wildcard that could be another one', () => {
    for (const statements of [...Object.values(observe), ...Object.values(repair)])
      for (const { actions, resources } of statements)
        if (actions.every((action) => reachOf(action) === 'own'))
          for (const resource of resources)
            expect(resource).not.toMatch(/^\*$|:::\*|^arn:.*:(table|function|topic)\/?\*/);
  });
});

describe('reading a template', () => {
  it('sees inline policies, attached ones, and managed ones', () => {
    const allowed = allowedActions({
      Resources: {
        A: {
          Type: 'AWS::IAM::Role',
          Properties: {
            Description: 'a role',
            ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'],
            Policies: [
              { PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'ecs:DeleteService', Resource: '*' }] } },
            ],
          },
        },
        P: {
          Type: 'AWS::IAM::Policy',
          Properties: {
            Roles: [{ Ref: 'A' }],
            PolicyDocument: {
              Statement: [
                { Effect: 'Allow', Action: ['s3:GetObject'], Resource: { 'Fn::GetAtt': ['Blobs371A4133', 'Arn'] } },
              ],
            },
          },
        },
        Q: {
          Type: 'AWS::IAM::Policy',
          Properties: {
            Roles: ['elsewhere'],
            PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'iam:PassRole', Resource: '*' }] },
          },
        },
      },
    });
    expect(allowed['a role']?.flatMap((statement) => statement.actions)).toEqual([
      'ecs:DeleteService',
      'managed:arn:aws:iam::aws:policy/AdministratorAccess',
      's3:GetObject',
    ]);
    expect(allowed['a role']?.[2]?.resources).toEqual(['<Blobs.Arn>']);
    expect(allowed['Q on elsewhere']?.[0]?.actions).toEqual(['iam:PassRole']);
  });

  it.each([
    ['ecs:DescribeServices', 'reads'],
    ['ecr:BatchGetImage', 'reads'],
    ['ecr:BatchDeleteImage', 'changes'],
    ['ecr:PutImage', 'changes'],
    ['ecs:UpdateService', 'changes'],
    ['eks:DescribeCluster', 'reads'],
    ['eks:CreateAccessEntry', 'changes'],
    ['iam:PassRole', 'changes'],
    ['dynamodb:PutItem', 'own'],
    ['managed:arn:aws:iam::aws:policy/ReadOnlyAccess', 'changes'],
  ] as const)('says of %s that it %s', (action, reach) => {
    expect(reachOf(action)).toBe(reach);
  });
});
