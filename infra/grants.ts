import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CodeFunction } from './constructs/code-function.ts';
import type { Permission, Target } from './permissions.ts';

/** The ARNs behind the names that permissions speak of; a name without ARNs here means that its permissions are not given. */
export type Places = Readonly<Partial<Record<Target, readonly string[]>>>;

/** Why a permission names more than one thing, where it does. */
const wildcardReasons: Readonly<Partial<Record<Target, string>>> = {
  blobs:
    'Blobs are named by what they hold; the role has nothing but this bucket, and only the sweep may delete in it.',
  repositories: 'Images are read wherever they are pushed to; drydock.repositories in the context narrows it.',
  everything:
    'These actions know no resource, or are asked for whatever runs in the account; all but RegisterTaskDefinition only read.',
  services: 'Which services may change is said by their own tag drydock:repair, which the condition asks for.',
  'task-definitions': 'A tag is only set while a revision is registered, which the condition asks for.',
  'pass-roles': 'The patterns are those that the user named in drydock.passRoles, and they go to ECS tasks only.',
  'remediate-executions':
    'A durable execution lies under the version that it began on, and its name is the id of its rollout.',
};

/** Gives a function its permissions. What has no place in this deployment (no secret is configured, say) is left out. */
export function grant(to: CodeFunction, permissions: readonly Permission[], places: Places): void {
  for (const { actions, on, condition } of permissions) {
    const resources = on === 'everything' ? ['*'] : places[on];
    if (resources === undefined || resources.length === 0) continue;
    to.allow(
      new PolicyStatement({
        actions: [...actions],
        resources: [...resources],
        ...(condition === undefined ? {} : { conditions: condition }),
      }),
    );
    for (const resource of resources) acknowledgeWildcard(to, on, resource);
  }
}

/** Says to the rule packs why a wildcard is there. A wildcard without a reason in the table stays a finding, and so an error. */
function acknowledgeWildcard(to: CodeFunction, on: Target, resource: string): void {
  const reason = wildcardReasons[on];
  const named = nameOf(Stack.of(to).resolve(resource));
  if (reason !== undefined && named.includes('*'))
    Validations.of(to.role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${named}]`, reason });
}

/** An ARN as the rule packs write it: `<Bucket.Arn>/*`. */
function nameOf(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  if (typeof resolved !== 'object' || resolved === null) return '';
  if ('Ref' in resolved) return `<${String(resolved.Ref)}>`;
  if ('Fn::GetAtt' in resolved && Array.isArray(resolved['Fn::GetAtt'])) return `<${resolved['Fn::GetAtt'].join('.')}>`;
  if ('Fn::Join' in resolved && Array.isArray(resolved['Fn::Join'])) {
    const [between, parts] = resolved['Fn::Join'] as [string, unknown[]];
    return parts.map(nameOf).join(between);
  }
  return JSON.stringify(resolved);
}
