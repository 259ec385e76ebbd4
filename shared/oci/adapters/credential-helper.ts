import { objectOf, parseObject, textOf } from '../document.ts';
import type { RegistryCredentials } from './registry-auth.ts';

/** the part of a program's name behind `docker-credential-`: nothing that leads to another folder */
const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const bounds = { timeout: 10_000, maxBuffer: 1 << 16 };

/**
 * Asks a credential helper for a login, as the docker command does: `docker-credential-<name> get` is told the server and answers with a user name and a secret (docker/docker-credential-helpers).
 * Undefined when it knows none, is not there, fails or takes longer than 10 s: public images are read without.
 */
export async function askHelper(name: string, server: string): Promise<RegistryCredentials | undefined> {
  if (!plainName.test(name)) return undefined;
  // most reading asks none, and starts without it
  const { execFile } = await import('node:child_process');
  const answer = await new Promise<string>((resolve) => {
    const helper = execFile(`docker-credential-${name}`, ['get'], bounds, (error, out) => resolve(error ? '' : out));
    // one that has ended already does not listen
    helper.stdin?.on('error', () => {});
    helper.stdin?.end(server);
  });
  const fields = objectOf(parseObject(Buffer.from(answer)));
  const username = textOf(fields?.Username);
  const password = textOf(fields?.Secret);
  return username === undefined || password === undefined ? undefined : { username, password };
}
