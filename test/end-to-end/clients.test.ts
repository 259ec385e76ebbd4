import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layoutFiles, writeFiles } from '../shared/oci/stored.ts';
import { debianImage } from './an-image.ts';
import { eventually } from './eventually.ts';
import type { ImageShape, ImagesShape } from './shapes.ts';
import { dataFolder, endAll, type StackProcess, startProcess } from './stack-process.ts';

// The clients that people push with, as they are on the PATH of this machine. Those that are not there are named, and not tried.

const run = promisify(execFile);

interface Client {
  readonly name: string;
  /** what must answer before it is tried; by default the program's own version */
  readonly ready?: readonly string[];
  /** the commands that push the layout as `to` and get it back again, each a program and its words */
  commands(layout: string, to: string): readonly (readonly string[])[];
}

const clients: readonly Client[] = [
  {
    name: 'skopeo',
    commands: (layout, to) => [
      ['skopeo', 'copy', '--dest-tls-verify=false', `oci:${layout}:1.0`, `docker://${to}`],
      ['skopeo', 'inspect', '--tls-verify=false', `docker://${to}`],
    ],
  },
  {
    name: 'crane',
    ready: ['crane', 'version'],
    commands: (layout, to) => [
      ['crane', 'push', '--insecure', layout, to],
      ['crane', 'validate', '--insecure', '--remote', to],
    ],
  },
  {
    name: 'oras',
    ready: ['oras', 'version'],
    commands: (layout, to) => [
      ['oras', 'copy', '--from-oci-layout', `${layout}:1.0`, '--to-plain-http', to],
      ['oras', 'discover', '--plain-http', to],
    ],
  },
  {
    name: 'podman',
    commands: (layout, to) => [
      ['sh', '-c', 'tar -C "$0" -c . | podman --storage-driver vfs import - "$1"', layout, to],
      ['podman', '--storage-driver', 'vfs', 'push', '--tls-verify=false', to],
      ['podman', '--storage-driver', 'vfs', 'rmi', to],
      ['podman', '--storage-driver', 'vfs', 'pull', '--tls-verify=false', to],
    ],
  },
  {
    name: 'docker',
    // the client alone pushes nothing: an engine must answer
    ready: ['docker', 'version', '--format', '{{.Server.Version}}'],
    commands: (layout, to) => [
      ['sh', '-c', 'tar -C "$0" -c . | docker import - "$1"', layout, to],
      ['docker', 'push', to],
      ['docker', 'rmi', to],
      ['docker', 'pull', to],
    ],
  },
];

async function missing({ name, ready }: Client): Promise<string | undefined> {
  const there = (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name)));
  if (!there) return 'it is not on the PATH';
  const [program = name, ...words] = ready ?? [name, '--version'];
  return run(program, words, { timeout: 20_000 }).then(
    () => undefined,
    () => `${[program, ...words].join(' ')} fails`,
  );
}

let stack: StackProcess;
let layout: string;

beforeAll(async () => {
  const folder = await dataFolder();
  stack = await startProcess(folder);
  layout = path.join(path.dirname(folder), 'layout');
  writeFiles(layout, layoutFiles([{ image: debianImage({ curl: '7.88.1-10' }, 'shop'), name: '1.0' }]));
});

afterAll(endAll);

describe('the registry takes what real clients push, and what they push is read', () => {
  for (const client of clients) {
    it(client.name, async () => {
      const why = await missing(client);
      if (why !== undefined) {
        process.stderr.write(`\n*** NOT TRIED: pushing with ${client.name}, because ${why} ***\n`);
        return;
      }
      const repository = `by-${client.name}`;
      for (const [program = '', ...words] of client.commands(layout, `${stack.registry}/${repository}:1.0`))
        await run(program, words, { timeout: 60_000, maxBuffer: 2 ** 24 });
      const read = await eventually(`the image that ${client.name} pushed`, async () =>
        (await stack.api<ImagesShape>('/images')).images.find((each) =>
          each.names.some((name) => name.repository.includes(repository)),
        ),
      );
      const { body } = await stack.ask('GET', `/images/${read.digest}`);
      expect((body as ImageShape).coverage.reasons.map(({ code }) => code)).not.toContain('unsupported-image');
    });
  }
});
