import { describe, expect, test } from 'vitest';
import { decodeFacts, encodeFacts, type Inventory } from '#shared/inventory';
import { factsOf, inventoryOf, layerOf, osRelease, stanza, type Tree } from './images.ts';

const debian: Tree = { 'etc/os-release': osRelease.debian12, 'var/lib/dpkg/status': stanza('bash', '5.2') };
// cut in the source, so that nobody's scanner takes a test for a secret
const pem = (kind: string, body: string): string => `-----BEGIN ${kind} KEY-----\n${body}\n-----END ${kind} KEY-----\n`;
const value = 'c2VjcmV0LXZhbHVl';
const key = pem('PRIVATE', value);
const found = async (...trees: readonly Tree[]): Promise<unknown[]> => listed(await inventoryOf(...trees));
const listed = ({ secrets, layers }: Inventory): unknown[] =>
  (secrets ?? []).map(({ path, what, layer, isThere }) => [
    path,
    what,
    layers.findIndex(({ digest }) => digest === layer),
    isThere,
  ]);

describe('keys and tokens in an image', () => {
  test.each([
    ['root/.ssh/id_rsa', pem('RSA PRIVATE', value), 'a private key'],
    ['root/.ssh/id_ed25519', pem('OPENSSH PRIVATE', `b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE${value}`), 'a private key'],
    ['etc/ssh/ssh_host_ecdsa_key', pem('EC PRIVATE', value), 'a private key'],
    ['app/tls/server.key', `# the server's\n${key}`, 'a private key'],
    ['app/chain.pem', `${pem('CERTIFICATE', value).replaceAll(' KEY', '')}${key}`, 'a private key'],
    ['app/.npmrc', `registry=https://npm.example\n//npm.example/:_authToken=${value}\n`, 'a token for npm'],
    ['root/.docker/config.json', `{"auths":{"registry.example":{"auth":"${value}"}}}`, 'a password for registries'],
    ['root/.aws/credentials', `[default]\naws_secret_access_key = ${value}\n`, 'a key for AWS'],
    ['root/.netrc', `machine example.org login me password ${value}\n`, 'a password for hosts'],
    ['root/.git-credentials', `https://me:${value}@git.example\n`, 'a password for Git'],
    ['root/.pypirc', `[pypi]\nusername: me\npassword: ${value}\n`, 'a password for PyPI'],
    [
      'etc/pip.conf',
      `[global]\nindex-url = https://me:${value}@pypi.example/simple\n`,
      'a password for a package index',
    ],
    ['root/.kube/config', `users:\n- name: me\n  user:\n    client-key-data: ${value}\n`, 'a key for Kubernetes'],
    [
      'root/.config/gcloud/application_default_credentials.json',
      `{"type":"authorized_user","refresh_token":"${value}"}`,
      'a key for Google Cloud',
    ],
    ['root/.vault-token', `hvs.${value}`, 'a token for Vault'],
    ['root/.config/gh/hosts.yml', `github.com:\n    oauth_token: ${value}\n`, 'a token for GitHub'],
  ])('given %s, then it is named, and its content is nowhere', async (path, content, what) => {
    const inventory = await inventoryOf({ ...debian, [path]: content });
    expect(listed(inventory)).toEqual([[path, what, 0, true]]);
    expect(JSON.stringify(inventory)).not.toContain(value);
    const facts = await factsOf(layerOf({ [path]: content }));
    expect(await decodeFacts(await encodeFacts(facts))).toEqual(facts);
    expect(JSON.stringify(facts.evidence)).not.toContain(value);
    expect(inventory.coverage).toEqual({ state: 'scanned', reasons: [] });
  });

  test.each([
    ['a key that needs a passphrase', 'root/.ssh/id_rsa', pem('ENCRYPTED PRIVATE', value)],
    ['another', 'root/.ssh/id_rsa', pem('RSA PRIVATE', `Proc-Type: 4,ENCRYPTED\n${value}`)],
    ['another of Windows', 'root/.ssh/id_rsa', pem('RSA PRIVATE', `\r\nProc-Type: 4,ENCRYPTED\r\n${value}`)],
    [
      'one of OpenSSH',
      'root/.ssh/id_ed25519',
      pem('OPENSSH PRIVATE', 'b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0'),
    ],
    ['a public key', 'app/server.pem', pem('PUBLIC', value)],
    ['a token that is only referred to', 'app/.npmrc', `//npm.example/:_authToken=\${NPM_TOKEN}\n`],
    ['a configuration without a secret', 'root/.docker/config.json', '{"credsStore":"ecr-login","auths":{}}'],
    ["Debian's key that nobody trusts", 'etc/ssl/private/ssl-cert-snakeoil.key', key],
    ['the key of a package’s test', 'app/node_modules/https-proxy/test/server.key', key],
    ['what is built in from elsewhere', 'opt/sdk/third_party/urllib3/dummyserver/certs/server.key', key],
    ['what a package ships', 'usr/lib/python3/dist-packages/twisted/server.pem', key],
    ['a file of another place', 'app/config', 'token: x\n'],
  ])('given %s, then it is none', async (_, path, content) => {
    expect(await found({ ...debian, [path]: content })).toEqual([]);
  });

  test('given a key that a later layer deletes, by itself or with its folder, then the layer that has it is named', async () => {
    const upper: Tree = { 'build/id_rsa': key, 'root/.ssh/id_rsa': key, 'srv/app.key': key };
    expect(
      await found(debian, upper, { build: null, 'root/.ssh/id_rsa': null, 'srv/app.key': 'rotated away' }),
    ).toEqual([
      ['build/id_rsa', 'a private key', 1, false],
      ['root/.ssh/id_rsa', 'a private key', 1, false],
      ['srv/app.key', 'a private key', 1, false],
    ]);
  });

  test('given a key that is written again, then it is named once', async () => {
    expect(await found(debian, { 'root/.ssh/id_rsa': key }, { 'root/.ssh/id_rsa': `${key}\n` })).toEqual([
      ['root/.ssh/id_rsa', 'a private key', 2, true],
    ]);
  });

  test('given one that an OS package owns, then everybody has it', async () => {
    const path = 'usr/share/example/server.key';
    expect(await found({ ...debian, 'var/lib/dpkg/info/bash.list': `/${path}\n`, [path]: key })).toEqual([]);
  });

  test('given a program of such a name, then it is one all the same', async () => {
    const { executables } = await inventoryOf({
      ...debian,
      'opt/a.key': { content: `#!/bin/sh\n${key}`, mode: 0o755 },
      'opt/b.gguf': { content: `\x7fELF${'x'.repeat(100_000)}`, mode: 0o755 },
    });
    expect(executables.map(({ path, size }) => [path, size])).toEqual([
      ['opt/a.key', 10 + key.length],
      ['opt/b.gguf', 100_004],
    ]);
  });

  test('given a hard link of such a name to what is none, then nothing is told', async () => {
    const { coverage } = await inventoryOf({ ...debian, 'app/bundle': 'x', 'app/bundle.pem': { hard: 'app/bundle' } });
    expect(coverage).toEqual({ state: 'scanned', reasons: [] });
  });
});
