import { FleetError, Refused, Retryable, WorkloadGone } from '../errors.ts';

const busy =
  /Throttl|TooManyRequests|RequestLimitExceeded|LimitExceededRate|ServerException|ServiceUnavailable|InternalFailure|TimeoutError|NetworkingError|UpdateInProgress/i;
const broken = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
]);
const gone = new Set(['ServiceNotFoundException', 'ServiceNotActiveException', 'ClusterNotFoundException']);

const text = (value: unknown, field: string): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const found = (value as Readonly<Record<string, unknown>>)[field];
  return typeof found === 'string' ? found : undefined;
};

const status = (error: unknown): number => {
  const metadata =
    typeof error === 'object' && error !== null
      ? (error as { $metadata?: { httpStatusCode?: number } }).$metadata
      : undefined;
  return metadata?.httpStatusCode ?? 0;
};

/**
 * What an AWS error means to a rollout. A denial is read for who asked, for what, on what ("User: … is not authorized to perform: iam:PassRole on
 * resource: …"), so that the message says what to allow.
 */
export function fleetError(error: unknown, action: string, about: string): Error {
  if (error instanceof FleetError) return error;
  const name = text(error, 'name') ?? 'Error';
  const message = error instanceof Error ? error.message : String(error);
  if (name === 'AbortError') return error instanceof Error ? error : new Error(message);
  if (busy.test(name) || status(error) >= 500 || status(error) === 429 || broken.has(text(error, 'code') ?? ''))
    return new Retryable(about, `${action} answered ${name}: ${message}`, { cause: error });
  if (gone.has(name)) return new WorkloadGone(about, `${action} answered ${name}: ${message}`, { cause: error });
  const principal = /User: (\S+)/.exec(message)?.[1];
  const denied = /not authorized to perform: (\S+)/.exec(message)?.[1];
  const resource = /on resource: (\S+)/.exec(message)?.[1];
  if (denied !== undefined || /AccessDenied|Unauthorized|NotAuthorized/i.test(name)) {
    const asked = denied ?? `ecs:${action}`;
    const advice =
      asked === 'iam:PassRole'
        ? `allow ${principal ?? "Drydock's repair role"} iam:PassRole on ${resource ?? 'the task and execution roles of this task definition'} (the repair stack's role patterns)`
        : `allow ${principal ?? "Drydock's role"} ${asked}${resource === undefined ? '' : ` on ${resource}`}`;
    return new Refused(
      about,
      { action: asked, principal, resource, text: `${asked} is denied`, advice },
      { cause: error },
    );
  }
  return new Refused(
    about,
    {
      action: `ecs:${action}`,
      principal,
      resource,
      text: `${action} answered ${name}: ${message}`,
      advice: 'look at the workload; the same call will be refused again',
    },
    { cause: error },
  );
}
