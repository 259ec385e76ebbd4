import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  DataFolderError,
  type Endpoints,
  prepareFolder,
  readEndpoints,
  writeEndpoints,
} from '../../local/stack/data-folder.ts';

function temporary(...files: readonly string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'drydock-data-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of files) writeFileSync(path.join(folder, file), 'x');
  return folder;
}

const endpoints = (api: string, pid: number): Endpoints => ({
  registry: 'http://127.0.0.1:1',
  dynamodb: 'http://127.0.0.1:2',
  ecs: 'http://127.0.0.1:3',
  page: 'http://127.0.0.1:4',
  token: 'secret',
  api,
  pid,
});

describe('a data folder', () => {
  test('is made where there is none, and is ours from then on', async () => {
    const folder = path.join(temporary(), 'new');
    expect(await prepareFolder(folder, false)).toEqual({ isNew: true });
    expect(await prepareFolder(folder, false)).toEqual({ isNew: false });
    if (process.platform !== 'win32') expect(statSync(folder).mode & 0o077).toBe(0);
  });

  test('that holds files of others is not used, and never emptied', async () => {
    const folder = temporary('thesis.txt');
    for (const fresh of [false, true])
      await expect(prepareFolder(folder, fresh)).rejects.toThrow(/not ours; choose another folder with --data/);
    expect(readdirSync(folder)).toEqual(['thesis.txt']);
  });

  test('is emptied when asked, and is ours all the while: its mark is never taken away', async () => {
    const folder = temporary();
    await prepareFolder(folder, false);
    const before = statSync(path.join(folder, 'drydock-data')).ino;
    for (const name of ['a', 'z']) writeFileSync(path.join(folder, name), 'x');
    expect(await prepareFolder(folder, true)).toEqual({ isNew: true });
    expect(readdirSync(folder)).toEqual(['drydock-data']);
    expect(statSync(path.join(folder, 'drydock-data')).ino).toBe(before);
  });

  test('keeps the token where its owner alone reads it', async () => {
    const folder = temporary();
    await writeEndpoints(folder, endpoints('http://127.0.0.1:5', 1));
    expect((await readEndpoints(folder))?.token).toBe('secret');
    if (process.platform !== 'win32') expect(statSync(path.join(folder, 'endpoints.json')).mode & 0o077).toBe(0);
  });

  test.each(['', 'null', '7', '{"pid":', '{}'])(
    'whose endpoints are %j belongs to no stack that runs',
    async (text) => {
      const folder = temporary('drydock-data');
      writeFileSync(path.join(folder, 'endpoints.json'), text);
      expect(await prepareFolder(folder, false)).toEqual({ isNew: false });
    },
  );

  test('is refused while a stack answers there, and not when only its number lives on', async () => {
    const server = createServer((_request, response) => response.end('{}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
    const folder = temporary('drydock-data', 'kept');
    await writeEndpoints(folder, endpoints(api, process.ppid));
    await expect(prepareFolder(folder, true)).rejects.toThrow(DataFolderError);
    expect(readdirSync(folder)).toContain('kept');
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    expect(await prepareFolder(folder, true)).toEqual({ isNew: true });
  });

  test('is refused while whoever listens there is too busy to answer', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const folder = temporary('drydock-data', 'kept');
    const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
    await writeEndpoints(folder, endpoints(api, process.ppid));
    await expect(prepareFolder(folder, true, 20)).rejects.toThrow(/a stack \(process \d+\) uses it already/);
    expect(readdirSync(folder)).toContain('kept');
  });
});
