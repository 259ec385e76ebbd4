import { parseArgs } from 'node:util';

/** A command line that cannot be understood; the message says what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'usage';
}

/** What `npm run deploy` takes. */
export interface DeployOptions {
  readonly repair: boolean;
  readonly passRoles: readonly string[];
  readonly emails: readonly string[];
  readonly yes: boolean;
}

export const deployUsage = `npm run deploy [-- options]

  --email <address>         tell alerts to it (may be given more than once)
  --repair                  deploy the second stack too: it may change services tagged drydock:repair = ask or auto
  --pass-role <pattern>     a role that tasks of repaired services use, such as "checkout-*" (with --repair; may be given more than once)
  --yes                     do not ask

Everything else is the context "drydock" in cdk.json or cdk.context.json.
`;

/** Reads the arguments of `npm run deploy`. Throws UsageError. */
export function deployOptions(args: readonly string[]): DeployOptions | 'help' {
  const values = read(args, deployUsage, {
    repair: { type: 'boolean', default: false },
    'pass-role': { type: 'string', multiple: true, default: [] },
    email: { type: 'string', multiple: true, default: [] },
    yes: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (values.help === true) return 'help';
  const passRoles = texts(values['pass-role']);
  const repair = values.repair === true;
  if (passRoles.length > 0 && !repair)
    throw new UsageError(`--pass-role means nothing without --repair\n\n${deployUsage}`);
  return { repair, passRoles, emails: texts(values.email), yes: values.yes === true };
}

/** The options as the CDK's command line takes context. */
export const contextOf = (options: DeployOptions): string[] =>
  [
    ...(options.repair ? ['drydock:repair=true'] : []),
    ...(options.passRoles.length > 0 ? [`drydock:passRoles=${options.passRoles.join(',')}`] : []),
    ...(options.emails.length > 0 ? [`drydock:emails=${options.emails.join(',')}`] : []),
  ].flatMap((entry) => ['--context', entry]);

/** What `npm run destroy` takes. */
export interface DestroyOptions {
  readonly deleteData: boolean;
  readonly leaveRollouts: boolean;
  readonly yes: boolean;
}

export const destroyUsage = `npm run destroy [-- options]

  --delete-data    delete the table and the bucket too, with everything that Drydock knows and has proven
  --leave-rollouts do not wait for rollouts under way: ECS goes on with what they began, and nobody verifies it or takes it back
  --yes            do not ask
`;

/** Reads the arguments of `npm run destroy`. Throws UsageError. */
export function destroyOptions(args: readonly string[]): DestroyOptions | 'help' {
  const values = read(args, destroyUsage, {
    'delete-data': { type: 'boolean', default: false },
    'leave-rollouts': { type: 'boolean', default: false },
    yes: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  return values.help === true
    ? 'help'
    : {
        deleteData: values['delete-data'] === true,
        leaveRollouts: values['leave-rollouts'] === true,
        yes: values.yes === true,
      };
}

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

function read(args: readonly string[], usage: string, options: Options): Readonly<Record<string, unknown>> {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new UsageError(`${cause instanceof Error ? cause.message : String(cause)}\n\n${usage}`, { cause });
  }
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
