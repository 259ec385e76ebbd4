import { describe, expect, it } from 'vitest';
import { packageKeyId, twinPackages } from '#shared/inventory';
import { goFile, lines } from './go-builder.ts';
import { inventoryOf } from './images.ts';

/** A server whose file says its module and, in words that it prints, its release. */
function server(module: string, version: string, ldflags = '') {
  const flags = ldflags === '' ? [] : [['build', `-ldflags="-X ${ldflags}"`]];
  return { content: goFile({ modules: lines(['path', module], ['mod', module, version, ''], ...flags) }), mode: 0o755 };
}

const listed = async (path: string, file: ReturnType<typeof server>) => {
  const { packages, coverage } = await inventoryOf({ [path]: file });
  return {
    keys: packages.map(({ key, type }) => `${type} ${key.ecosystem} ${key.name}@${key.version}`),
    reasons: coverage.reasons.map(({ text }) => text).join('\n'),
    twins: twinPackages(packages),
    packages,
  };
};

describe('a Go server, which is a program and a module', () => {
  it('given one that Go’s advisories judge by its module, then it is listed once', async () => {
    const { keys } = await listed('usr/bin/traefik', server('github.com/traefik/traefik/v3', 'v3.0.1'));
    expect(keys).toEqual(['golang Go github.com/traefik/traefik/v3@3.0.1', 'golang Go stdlib@1.22.3']);
  });

  it('given a module that does not say its version, then the program’s counts, under the module’s name, and nothing is missing', async () => {
    const file = server('github.com/coredns/coredns', '(devel)');
    const content = Buffer.concat([file.content, Buffer.from('\0CoreDNS-1.11.3\0')]);
    const { keys, reasons } = await listed('coredns', { ...file, content });
    expect(keys).toEqual(['golang Go github.com/coredns/coredns@1.11.3', 'golang Go stdlib@1.22.3']);
    expect(reasons).not.toContain('its own version');
  });

  it('given a module that says the time of a commit, then the release counts instead', async () => {
    const { keys } = await listed(
      'usr/bin/containerd',
      server('github.com/containerd/containerd/v2', 'v0.0.0-20240102030405-abcdefabcdef', 'version.Version=2.0.4'),
    );
    expect(keys).toEqual(['golang Go github.com/containerd/containerd/v2@2.0.4', 'golang Go stdlib@1.22.3']);
  });

  it('given one that says no version at all, then that is told', async () => {
    const { keys, reasons } = await listed('usr/bin/nomad', server('github.com/hashicorp/nomad', '(devel)'));
    expect(keys).toEqual(['golang Go stdlib@1.22.3', 'program Go github.com/hashicorp/nomad@unknown']);
    expect(reasons).toContain('does not say its own version');
  });

  it('given one that Bitnami judges too, then both are listed, as twins', async () => {
    const { keys, twins, packages } = await listed(
      'bin/consul',
      server('github.com/hashicorp/consul', '(devel)', 'github.com/hashicorp/consul/version.GitDescribe=1.12.9'),
    );
    expect(keys).toEqual([
      'golang Go github.com/hashicorp/consul@1.12.9',
      'golang Go stdlib@1.22.3',
      'program Bitnami consul@1.12.9',
    ]);
    const id = (name: string): string =>
      packages.flatMap(({ key }) => (key.name === name ? packageKeyId(key) : [])).join();
    expect([...twins]).toEqual([[id('consul'), id('github.com/hashicorp/consul')]]);
  });

  it('given a program whose release only the module says, then it is judged by it', async () => {
    const { keys } = await listed('usr/bin/vault', server('github.com/hashicorp/vault', 'v1.15.2+ent'));
    expect(keys).toContain('program Bitnami vault@1.15.2');
  });

  it('given a second copy that is no Go program, then the two are no twins: nothing there tells the module', async () => {
    const file = server('github.com/hashicorp/consul', 'v1.12.9');
    const { packages } = await inventoryOf({
      'bin/consul': file,
      'opt/consul': { content: stripped(file.content), mode: 0o755 },
    });
    expect(packages.filter(({ type }) => type === 'program')).toHaveLength(2);
    expect([...twinPackages(packages)]).toEqual([]);
  });
});

/** The same bytes without the mark of build information, which the classifier does not need. */
function stripped(content: Buffer): Buffer {
  const bytes = Buffer.from(content);
  const at = bytes.indexOf('\xff Go buildinf:', 0, 'latin1');
  bytes.fill(0, at, at + 14);
  return bytes;
}
