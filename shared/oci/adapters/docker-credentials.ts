import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { objectOf, parseObject, textOf } from '../document.ts';
import { DOCKER_HUB } from '../reference.ts';
import { askHelper } from './credential-helper.ts';
import type { CredentialsPort, RegistryCredentials } from './registry-auth.ts';

const HUB_KEYS = ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io'];

/**
 * Credentials from what `docker login` and `podman login` wrote: the `auths` of their files, or what the credential helper knows that a file names for the registry (`credHelpers`)
 * or for all (`credsStore`), which goes first there, as it does for Docker. `files` are looked at in order; by default those that the two clients use. A file that is absent or
 * broken is passed over.
 */
export function dockerCredentials(files: readonly string[] = defaultFiles(process.env)): CredentialsPort {
  return async (registry) => {
    const keys = registry === DOCKER_HUB ? HUB_KEYS : [registry, `https://${registry}`, `https://${registry}/v2/`];
    for (const file of files) {
      const text = await readFile(file).catch(() => undefined);
      const config = text === undefined ? undefined : parseObject(text);
      const helper = firstOf(config?.credHelpers, keys, textOf) ?? textOf(config?.credsStore);
      const told = helper === undefined ? undefined : await askHelper(helper, keys[0] ?? registry);
      const found = told ?? firstOf(config?.auths, keys, readAuth);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** What is read under the first of the keys under which something can be. */
function firstOf<T>(value: unknown, keys: readonly string[], read: (value: unknown) => T | undefined): T | undefined {
  const fields = objectOf(value) ?? {};
  for (const key of keys) {
    const found = Object.hasOwn(fields, key) ? read(fields[key]) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first port that knows the registry answers. */
export function firstCredentials(...ports: readonly CredentialsPort[]): CredentialsPort {
  return async (registry) => {
    for (const port of ports) {
      const found = await port(registry);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function readAuth(value: unknown): RegistryCredentials | undefined {
  const fields = objectOf(value);
  const identity = textOf(fields?.identitytoken);
  if (identity !== undefined) return { username: '<token>', password: identity };
  const plain = Buffer.from(textOf(fields?.auth) ?? '', 'base64').toString('utf8');
  const colon = plain.indexOf(':');
  return colon <= 0 ? undefined : { username: plain.slice(0, colon), password: plain.slice(colon + 1) };
}

function defaultFiles(environment: NodeJS.ProcessEnv): string[] {
  const { REGISTRY_AUTH_FILE, DOCKER_CONFIG, XDG_RUNTIME_DIR } = environment;
  return [
    REGISTRY_AUTH_FILE,
    path.join(DOCKER_CONFIG ?? path.join(homedir(), '.docker'), 'config.json'),
    XDG_RUNTIME_DIR && path.join(XDG_RUNTIME_DIR, 'containers', 'auth.json'),
  ].filter((file): file is string => file !== undefined && file !== '');
}
