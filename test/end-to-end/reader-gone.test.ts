import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { dataFolder, endAll, startProcess } from './stack-process.ts';

afterAll(endAll);

const main = path.join(import.meta.dirname, '../../local/main.ts');

it('ends cleanly when nobody reads the story any more, and the next start goes on', async () => {
  // given a stack that tells its story into a pipe
  const folder = await dataFolder();
  const child = spawn(process.execPath, [main, '--data', folder, '--offline'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });

  // when its reader leaves after the first lines, as `head` does
  await once(child.stdout, 'data');
  child.stdout.destroy();

  // then it stops as by Ctrl-C, and the folder is good
  const [code] = await once(child, 'close');
  expect({ code, complaints }).toEqual({ code: 0, complaints: '' });
  // on other ports: somebody may have got the old ones by now
  await rm(path.join(folder, 'ports.json'));
  const again = await startProcess(folder);
  expect(await again.api('/workloads')).toMatchObject({ workloads: expect.any(Array) });
});
