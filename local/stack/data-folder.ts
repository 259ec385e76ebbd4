import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Where the parts of a running stack answer; written when all of them do. */
export interface Endpoints {
  readonly registry: string;
  readonly dynamodb: string;
  readonly ecs: string;
  readonly api: string;
  readonly page: string;
  /** what acting needs; the file is readable by its owner only */
  readonly token: string;
  readonly pid: number;
}

/** The ports that a data folder's stack has: image names hold the registry's, so they stay. */
export interface Ports {
  readonly registry: number;
  readonly dynamodb: number;
  readonly ecs: number;
  readonly page: number;
}

const marker = 'drydock-data';

/** A data folder that cannot be used; the message says what to do. */
export class DataFolderError extends Error {
  readonly code = 'data-folder';
  readonly folder: string;
  constructor(folder: string, text: string, options?: ErrorOptions) {
    super(`${folder}: ${text}`, options);
    this.folder = folder;
  }
}

/** Makes the folder if needed; empties it first when `fresh`, but only one that is ours or empty: nobody's files are deleted by a slip. */
export async function prepareFolder(
  folder: string,
  fresh: boolean,
  patienceMs = 2_000,
): Promise<{ readonly isNew: boolean }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const entries = await readdir(folder);
  if (entries.length > 0 && !entries.includes(marker))
    throw new DataFolderError(folder, 'it has files that are not ours; choose another folder with --data');
  const running = await runningPid(folder, patienceMs);
  if (running !== undefined)
    throw new DataFolderError(
      folder,
      `a stack (process ${running}) uses it already; stop that one, or choose another folder with --data`,
    );
  // the marker stays: who is stopped in the middle of this must find a folder that is still ours
  if (fresh)
    for (const entry of entries)
      if (entry !== marker) await rm(path.join(folder, entry), { recursive: true, force: true });
  await writeFile(
    path.join(folder, marker),
    'This folder belongs to Drydock (npm start). Delete it to forget everything.\n',
  );
  return { isNew: fresh || entries.length === 0 };
}

async function runningPid(folder: string, patienceMs: number): Promise<number | undefined> {
  const endpoints = await readEndpoints(folder);
  if (endpoints === undefined || endpoints.pid === process.pid) return undefined;
  try {
    process.kill(endpoints.pid, 0);
  } catch {
    return undefined;
  }
  // a process of that number lives; it is ours only if it answers there
  const answers = await fetch(`${endpoints.api}/overview`, { signal: AbortSignal.timeout(patienceMs) }).then(
    (response) => response.ok,
    // one that is too busy to answer runs all the same
    (error: unknown) => error instanceof Error && error.name === 'TimeoutError',
  );
  return answers ? endpoints.pid : undefined;
}

/** The endpoints of the stack that uses a folder, running or not; undefined when there never was one. */
export const readEndpoints = (folder: string): Promise<Endpoints | undefined> =>
  readJson<Endpoints>(path.join(folder, 'endpoints.json'));

/** Written last, whole, and readable by its owner only: it holds the token. */
export const writeEndpoints = (folder: string, endpoints: Endpoints): Promise<void> =>
  writeJson(path.join(folder, 'endpoints.json'), endpoints);

/** Ports that the folder's stack had, so that a restart keeps image names true. */
export const readPorts = (folder: string): Promise<Partial<Ports> | undefined> =>
  readJson<Partial<Ports>>(path.join(folder, 'ports.json'));

export const writePorts = (folder: string, ports: Ports): Promise<void> =>
  writeJson(path.join(folder, 'ports.json'), ports);

/** Takes the endpoints away: the stack has stopped. */
export const removeEndpoints = (folder: string): Promise<void> =>
  rm(path.join(folder, 'endpoints.json'), { force: true });

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

async function writeJson(file: string, value: unknown): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(value, null, 2)}\n`);
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
