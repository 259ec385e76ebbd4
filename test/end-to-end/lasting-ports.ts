import { randomInt } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { prepareFolder } from '../../local/stack/data-folder.ts';

// A stack that starts again needs the ports it had. Of those that the system gives to whoever asks for any, another test may have got one meanwhile; these lie
// below them, and every second one is for every second worker of the test run.
const [lowest, pairs] = [20_000, 6_000];
let next = lowest + 2 * randomInt(pairs) + (Number(process.env.VITEST_POOL_ID ?? 0) % 2);

/** Makes a data folder whose stack has such ports from its first start. What stands in the file beside them is not of a stack. */
export async function giveLastingPorts(folder: string): Promise<string> {
  await mkdir(folder, { mode: 0o700 });
  await prepareFolder(folder, false);
  const ports = { registry: await free(), dynamodb: await free(), ecs: await free(), page: await free() };
  await writeFile(path.join(folder, 'ports.json'), JSON.stringify({ ...ports, chosenBy: 'a test' }));
  return folder;
}

async function free(): Promise<number> {
  for (;;) {
    const port = next;
    next = next + 2 < lowest + 2 * pairs ? next + 2 : lowest + (next % 2);
    if (await canListen(port)) return port;
  }
}

const canListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
