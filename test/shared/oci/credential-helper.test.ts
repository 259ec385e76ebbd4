import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { dockerCredentials } from '#shared/oci';
import { temporaryFolder } from './stored.ts';

const folder = temporaryFolder();
const programs = path.join(folder, 'bin');
mkdirSync(programs);
/** Puts a program on the path that notes what it is asked, and does as the script says. */
function helper(name: string, script: string): void {
  const file = path.join(programs, `docker-credential-${name}`);
  writeFileSync(file, `#!/bin/sh\necho "$1 $(cat)" >> ${JSON.stringify(path.join(folder, 'asked'))}\n${script}\n`);
  chmodSync(file, 0o755);
  vi.stubEnv('PATH', `${programs}:${process.env.PATH}`);
}
function logins(config: unknown) {
  const file = path.join(folder, 'config.json');
  writeFileSync(file, JSON.stringify(config));
  return dockerCredentials([file]);
}
const login = `echo '{"ServerURL":"x","Username":"user","Secret":"pass"}'`;
const auth = Buffer.from('old:stored').toString('base64');

afterEach(() => vi.unstubAllEnvs());

describe.skipIf(process.platform === 'win32')('a login that a credential helper keeps', () => {
  test('is asked for by the name that docker login gave it', async () => {
    helper('keychain', login);
    const port = logins({ credsStore: 'keychain', auths: { 'ghcr.io': {}, 'https://index.docker.io/v1/': {} } });
    for (const registry of ['ghcr.io', 'registry-1.docker.io'])
      expect(await port(registry)).toEqual({ username: 'user', password: 'pass' });
    expect(readFileSync(path.join(folder, 'asked'), 'utf8')).toBe('get ghcr.io\nget https://index.docker.io/v1/\n');
  });

  test('of one registry goes before that of all, and both before what is stored', async () => {
    helper('all', login);
    helper('one', `echo '{"Username":"<token>","Secret":"identity"}'`);
    const port = logins({ credsStore: 'all', credHelpers: { 'ghcr.io': 'one' }, auths: { 'quay.io': { auth } } });
    expect(await port('ghcr.io')).toEqual({ username: '<token>', password: 'identity' });
    expect(await port('quay.io')).toEqual({ username: 'user', password: 'pass' });
  });

  test.each([
    ['that knows none', 'echo "credentials not found in native keychain"; exit 1'],
    ['that answers with something else', 'echo hello'],
    ['that answers without a secret', `echo '{"Username":"user","Secret":""}'`],
    ['that floods', 'yes'],
    ['that does not listen', 'exec <&-; exit 3'],
  ])('of a helper %s is none, and what is stored counts', async (_what, script) => {
    helper('odd', script);
    expect(await logins({ credsStore: 'odd' })('ghcr.io')).toBeUndefined();
    expect(await logins({ credsStore: 'odd', auths: { 'ghcr.io': { auth } } })('ghcr.io')).toEqual({
      username: 'old',
      password: 'stored',
    });
  });

  test('of a helper that is not there, or whose name leads elsewhere, is none', async () => {
    helper('real', login);
    for (const credsStore of ['missing', 'x/../docker-credential-real', '../bin/real', '', 7, null])
      expect(await logins({ credsStore })('ghcr.io')).toBeUndefined();
  });
});
