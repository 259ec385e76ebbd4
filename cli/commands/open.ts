import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { ApiAnswer, ApiRequest } from '#functions/api';
import { startPageHost } from '../../local/page-host.ts';
import type { Transport } from '../api.ts';
import { readArguments, wholeNumber } from '../arguments.ts';
import { functionUrl, ownTransport } from '../aws/function-url.ts';
import { readEndpoints } from '../endpoints.ts';
import { CommandFailed, type ExitCode, exitCodes } from '../exit-codes.ts';
import { apiOptions, apiUsage, whichStack } from '../open-api.ts';
import type { Terminal } from '../terminal.ts';

export const usage = `drydock open [options]

  the page: of a stack on this machine it prints the address; of a deployed one it serves the page on loopback, and asks the api with your own
  AWS credentials until you press Ctrl-C. Only who has the printed address can look or act.

  --port <n>       the port (default: a free one)
${apiUsage}`;

const web = fileURLToPath(new URL('../../web/', import.meta.url));

/** Opens the page. Ends when it is interrupted. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, { ...apiOptions, port: { type: 'string' } });
  const stack = await whichStack(values);
  if ('folder' in stack) {
    const { page, token } = await readEndpoints(stack.folder);
    terminal.write(`${page}/#token=${token}\n`);
    return exitCodes.ok;
  }
  const { url } = functionUrl(stack.address);
  const token = randomBytes(24).toString('base64url');
  const host = await startPageHost({
    api: forwarded(await ownTransport(stack.address)),
    folder: web,
    token,
    principal: 'you',
    ...(values.port === undefined ? {} : { port: wholeNumber(values.port, '--port', 1, 65_535) }),
  });
  terminal.write(`${host.url}/#token=${token}\n`);
  terminal.note(`the page of ${url.host}, on loopback, with your own credentials; Ctrl-C ends it`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await host.close();
  return exitCodes.ok;
}

/** The api of the page: every request goes on, but only for who has the token, because it goes on with the user's credentials. */
export const forwarded =
  (transport: Transport) =>
  async (request: ApiRequest): Promise<ApiAnswer> => {
    if (request.principal === undefined)
      return {
        status: 401,
        body: { error: 'open the page by the address that drydock open printed: it holds the token' },
      };
    const query = new URLSearchParams(request.query).toString();
    const text = typeof request.body === 'string';
    try {
      return await transport({
        method: request.method,
        path: `${request.path}${query === '' ? '' : `?${query}`}`,
        ...(request.body === undefined
          ? {}
          : {
              body: text ? String(request.body) : JSON.stringify(request.body),
              contentType: text ? 'text/plain' : 'application/json',
            }),
      });
    } catch (error) {
      if (error instanceof CommandFailed) return { status: 502, body: { error: error.message } };
      throw error;
    }
  };
