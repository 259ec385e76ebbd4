import type * as z from 'zod';
import { notAnswering, readEndpoints } from './endpoints.ts';
import { CommandFailed } from './exit-codes.ts';

/** The api of a stack, as commands ask it. Errors are CommandFailed and say what to do. */
export interface Api {
  /** for people: which stack this is */
  readonly describe: string;
  get<T>(path: string, shape: z.ZodType<T>): Promise<T>;
  /** The same; undefined when there is no such thing. */
  find<T>(path: string, shape: z.ZodType<T>): Promise<T | undefined>;
  act<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, shape: z.ZodType<T>, body?: string): Promise<T | undefined>;
}

/** Carries one request; adapters: the local stack with its token, AWS with a signature. */
export type Transport = (request: {
  readonly method: string;
  /** below the api's address: `/plans` */
  readonly path: string;
  readonly body?: string;
  /** default text/plain */
  readonly contentType?: string;
}) => Promise<{ readonly status: number; readonly body: unknown }>;

/** How long an answer is waited for, ms. */
export const timeLimit = 60_000;

/** The api of the stack that uses a data folder. The token stays out of argv: it is read from the folder's file. */
export async function localApi(folder: string): Promise<Api> {
  const { api, token } = await readEndpoints(folder);
  return makeApi(`the stack in ${folder}`, async ({ method, path, body }) => {
    let response: Response;
    try {
      response = await fetch(`${api}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'text/plain' }) },
        ...(body === undefined ? {} : { body }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeLimit),
      });
    } catch (cause) {
      throw notAnswering(folder, `the api ${api}`, cause);
    }
    return { status: response.status, body: await response.json().catch(() => undefined) };
  });
}

/** Commands' view of an api over any transport. */
export function makeApi(describe: string, send: Transport): Api {
  const ask = async <T>(method: string, path: string, shape: z.ZodType<T>, body?: string): Promise<T | undefined> => {
    const answer = await send({ method, path, ...(body === undefined ? {} : { body }) });
    if (answer.status === 404) return undefined;
    if (answer.status >= 400) throw new CommandFailed(`${describe} refuses ${method} ${path}: ${errorOf(answer)}`);
    const read = shape.safeParse(answer.body);
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    throw new CommandFailed(
      `${describe} answers ${method} ${path} with something unknown (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}); use the same version of Drydock for both`,
    );
  };
  return {
    describe,
    find: (path, shape) => ask('GET', path, shape),
    async get(path, shape) {
      const found = await ask('GET', path, shape);
      if (found === undefined)
        throw new CommandFailed(`${describe} has no ${path}; use the same version of Drydock for both`);
      return found;
    },
    act: (method, path, shape, body) => ask(method, path, shape, body),
  };
}

function errorOf({ status, body }: { readonly status: number; readonly body: unknown }): string {
  const text = typeof body === 'object' && body !== null && 'error' in body ? String(body.error) : '';
  return text === '' ? `HTTP ${status}` : text;
}
