/** A synthesized template, as far as it is read here. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

/** One resource of a template. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** What a role may do: its actions on `resources`, under `condition`. Names of things are the template's own. */
export interface AllowedStatement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition?: unknown;
}

/** The statements of every role of a stack, by the role's description. */
export type AllowedActions = Readonly<Record<string, readonly AllowedStatement[]>>;

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/**
 * Everything that the roles of a template are allowed, whichever way it is said: inline policies, attached ones, and managed ones by their name
 * (`managed:<name>`), so that nothing is allowed behind the back of who reads this. Sorted, so that two templates can be compared.
 */
export function allowedActions(template: Template): AllowedActions {
  const roles = new Map<string, { readonly called: string; readonly statements: AllowedStatement[] }>();
  for (const [id, resource] of Object.entries(template.Resources)) {
    if (resource.Type !== 'AWS::IAM::Role') continue;
    const {
      Description,
      Policies = [],
      ManagedPolicyArns = [],
    } = properties<{
      Description?: string;
      Policies?: readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[];
      ManagedPolicyArns?: readonly unknown[];
    }>(resource);
    roles.set(id, {
      called: Description ?? id,
      statements: [
        ...Policies.flatMap((policy) => policy.PolicyDocument.Statement.map(statementOf)),
        ...ManagedPolicyArns.map((arn) => ({ actions: [`managed:${textOf(arn)}`], resources: ['*'] })),
      ],
    });
  }
  for (const [id, resource] of Object.entries(template.Resources)) {
    if (!['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy'].includes(resource.Type)) continue;
    const { PolicyDocument, Roles, RoleName } = properties<{
      PolicyDocument: { readonly Statement: readonly Statement[] };
      Roles?: readonly unknown[];
      RoleName?: unknown;
    }>(resource);
    for (const role of Roles ?? [RoleName]) {
      const found = roles.get(refOf(role) ?? '');
      // a policy on a role that is not of this stack would be one that nobody sees here
      if (found === undefined) roles.set(id, { called: `${id} on ${textOf(role)}`, statements: [] });
      (found ?? roles.get(id))?.statements.push(...PolicyDocument.Statement.map(statementOf));
    }
  }
  return Object.fromEntries(
    [...roles.values()]
      .map(({ called, statements }) => [called, [...statements].sort(byText)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const properties = <T>(resource: TemplateResource): T => (resource.Properties ?? {}) as T;

function statementOf(statement: Statement): AllowedStatement {
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
  return {
    actions: list(statement.Action).map(String).sort(),
    resources: list(statement.Resource).map(textOf).sort(),
    ...(statement.Condition === undefined ? {} : { condition: statement.Condition }),
  };
}

const byText = (a: AllowedStatement, b: AllowedStatement): number =>
  JSON.stringify([a.actions, a.resources]) < JSON.stringify([b.actions, b.resources]) ? -1 : 1;

const refOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'Ref' in value ? String(value.Ref) : undefined;

/** An ARN in the template's terms, readable: `<Table.Arn>/index/lists`. The hash that the CDK appends to names is left out. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  if ('Ref' in value) return `<${unhashed(String(value.Ref))}>`;
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt']))
    return `<${value['Fn::GetAtt'].map((part) => unhashed(String(part))).join('.')}>`;
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [between, parts] = value['Fn::Join'] as [string, unknown[]];
    return parts.map(textOf).join(between);
  }
  if ('Fn::GetStackOutput' in value) {
    const { StackName, OutputName } = value['Fn::GetStackOutput'] as { StackName: string; OutputName: string };
    return `<${StackName}.${unhashed(OutputName.replace(/^PublishOutput(FnGetAtt|Ref)/, ''))}>`;
  }
  return JSON.stringify(value);
}

const unhashed = (name: string): string => name.replace(/[0-9A-F]{8}(?=$|Arn|[A-Z])/g, '');

/** What an action touches: only reads, Drydock's own things, or something of the user's. */
export type Reach = 'reads' | 'own' | 'changes';

const reading = /^[a-z0-9-]+:(Get|List|Describe|BatchGet|Query|Scan|Head|View)/;
/** Services whose every resource in the policies is one that the stack made; a test holds that none is named by a wildcard. */
const ownServices = new Set(['dynamodb', 's3', 'sqs', 'logs', 'events', 'sns']);

/** Whether an action only reads, writes what is Drydock's own, or can change something else: ECS, EKS, images, IAM, anything unknown. */
export function reachOf(action: string): Reach {
  const [service = ''] = action.split(':');
  if (ownServices.has(service)) return 'own';
  if (action === 'lambda:CheckpointDurableExecution' || action === 'lambda:InvokeFunction') return 'own';
  return reading.test(action) ? 'reads' : 'changes';
}
