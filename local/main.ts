import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { strip } from '#shared/alerts';
import { releaseFixes, startDemo } from './demo/run.ts';
import { DataFolderError } from './stack/data-folder.ts';
import { type Stack, startStack } from './stack/index.ts';
import { parseOptions, UsageError, usage } from './stack/options.ts';
import { formatLine, storyOf } from './story.ts';

const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined && process.env.TERM !== 'dumb';

const tell = (text: string): void => void process.stdout.write(`${text}\n`);

const say = (text: string): void =>
  tell(formatLine({ at: new Date().toISOString(), what: 'note', text: strip(text) }, colour));

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), process.cwd());
  if (options === 'help') return tell(usage);
  const began = Date.now();
  let stack: Stack | undefined;
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    tell('\nstopping; the data folder keeps everything, the next start goes on from it');
    await stack?.close();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stop());
  // nobody reads the story any more (`| head`, a terminal that is gone): that ends it as Ctrl-C does
  process.stdout.on('error', () => void stop());
  stack = await startStack(options, say);
  const { bus } = stack;
  bus.subscribe((event) => {
    for (const line of storyOf(event)) tell(formatLine(line, colour));
  });
  tell(banner(stack, options.folder, Date.now() - began));
  if (options.demo && stack.isNew) {
    const ports = { registry: stack.registry, ecs: stack.ecs, settled: () => bus.idle(), savePolicy: stack.savePolicy };
    await startDemo(ports);
    await ports.settled();
    say('the team publishes patched bases and builds its images again on them');
    await releaseFixes(ports);
  }
}

function banner(stack: Stack, folder: string, milliseconds: number): string {
  const { endpoints, registry } = stack;
  const shown = path.relative(process.cwd(), folder) || '.';
  const data = shown === '.drydock' ? '' : ` --data ${shown}`;
  const clients: Readonly<Record<string, string>> = {
    skopeo: `skopeo copy --dest-tls-verify=false oci:./layout:1.0 docker://${registry}/app:1.0`,
    docker: `docker tag app:1.0 ${registry}/app:1.0 && docker push ${registry}/app:1.0`,
    podman: `podman push --tls-verify=false app:1.0 ${registry}/app:1.0`,
    crane: `crane push --insecure ./layout ${registry}/app:1.0`,
    oras: `oras cp --to-plain-http --from-oci-layout ./layout:1.0 ${registry}/app:1.0`,
  };
  return [
    `Drydock is up after ${milliseconds} ms, on loopback only; its data is in ${shown}`,
    '',
    `  page       ${endpoints.page}/#token=${endpoints.token}`,
    `  registry   ${endpoints.registry}`,
    `  ecs        ${endpoints.ecs}`,
    `  dynamodb   ${endpoints.dynamodb}`,
    `  api        ${endpoints.api}`,
    '',
    'Your own image, in a second terminal:',
    '',
    ...Object.entries(clients)
      .filter(([name]) => onPath(name))
      .map(([, command]) => `  ${command}`),
    `  npx drydock push ./layout app:1.0${data}`,
    `  npx drydock local run app:1.0 --as checkout${data}`,
    '',
  ].join('\n');
}

function onPath(name: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

main().catch((error: unknown) => {
  const known = error instanceof UsageError || error instanceof DataFolderError;
  process.stderr.write(
    `${known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
});
