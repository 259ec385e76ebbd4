import { readFile } from 'node:fs/promises';
import { type Transport, timeLimit } from '../api.ts';
import { CommandFailed, UsageError } from '../exit-codes.ts';
import { type Credentials, signRequest } from './sign-request.ts';

/** Where `npm run deploy` leaves the outputs of the stacks, below the project's folder. */
export const outputsFile = 'cdk.out/outputs.json';

const host = /^[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws$/;

/** The address of a deployed api, and its region. Throws UsageError for anything else: nothing else gets a signature. */
export function functionUrl(text: string): { readonly url: URL; readonly region: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const region = host.exec(url?.hostname ?? '')?.[1];
  if (url === undefined || url.protocol !== 'https:' || url.port !== '' || region === undefined)
    throw new UsageError(
      `--api takes the address that "npm run deploy" prints (https://<id>.lambda-url.<region>.on.aws/), not ${JSON.stringify(text)}`,
    );
  return { url, region };
}

/** The deployed api by the outputs of the deployment in this folder; undefined when nothing was deployed from here. */
export async function deployedApi(file = outputsFile): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const stacks: unknown = JSON.parse(text);
    const outputs: unknown[] = typeof stacks === 'object' && stacks !== null ? Object.values(stacks) : [];
    return outputs
      .map((each) =>
        typeof each === 'object' && each !== null && 'ApiEndpoint' in each ? each.ApiEndpoint : undefined,
      )
      .find((value): value is string => typeof value === 'string');
  } catch {
    return undefined;
  }
}

/** What carrying signed requests needs; a test gives its own. */
export interface SignedOptions {
  readonly credentials: () => Promise<Credentials>;
  readonly fetch?: typeof globalThis.fetch;
  readonly now?: () => Date;
}

/** Carries requests to a function URL, signed with the user's own credentials. Throws CommandFailed. */
export function signedTransport(address: string, options: SignedOptions): Transport {
  const { url: base, region } = functionUrl(address);
  const { fetch: send = globalThis.fetch, now = () => new Date() } = options;
  return async ({ method, path, body, contentType = 'text/plain' }) => {
    const url = new URL(path, base);
    const headers = signRequest(
      { method, url, headers: body === undefined ? {} : { 'content-type': contentType }, body: body ?? '' },
      { credentials: await options.credentials(), region, service: 'lambda', now: now() },
    );
    const response = await send(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeLimit),
    }).catch((cause: unknown) => {
      throw new CommandFailed(`${base.host} does not answer; check the network, and that the stack is deployed`, {
        cause,
      });
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.status === 403) throw refused(base, answer);
    return { status: response.status, body: answer };
  };
}

function refused(base: URL, answer: unknown): CommandFailed {
  const said =
    typeof answer === 'object' && answer !== null && 'Message' in answer ? ` (${String(answer.Message)})` : '';
  return new CommandFailed(
    `${base.host} refuses your credentials${said}; they need lambda:InvokeFunctionUrl on the function drydock-api, in its account`,
  );
}

/** The user's own credentials as every AWS tool finds them: environment, profiles, SSO. Throws CommandFailed when there are none. */
export async function ownCredentials(region: string): Promise<() => Promise<Credentials>> {
  const { LambdaClient } = await import('@aws-sdk/client-lambda');
  const { config } = new LambdaClient({ region });
  return async () => {
    try {
      return await config.credentials();
    } catch (cause) {
      throw new CommandFailed('there are no AWS credentials; set AWS_PROFILE, or log in with "aws sso login"', {
        cause,
      });
    }
  };
}

/** Requests to the api at an address, with the user's own credentials. */
export async function ownTransport(address: string): Promise<Transport> {
  const { region } = functionUrl(address);
  return signedTransport(address, { credentials: await ownCredentials(region) });
}
