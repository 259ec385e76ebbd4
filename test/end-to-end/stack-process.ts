import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ECSClient } from '@aws-sdk/client-ecs';
import { type ImageSource, parseReference, pushImage } from '#shared/oci';
import type { Endpoints } from '../../local/stack/data-folder.ts';
import { eventually } from './eventually.ts';
import { giveLastingPorts } from './lasting-ports.ts';

const root = path.join(import.meta.dirname, '../..');

/** A folder for a stack's data; taken away when the test process ends. */
export async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'drydock-e2e-'));
  folders.add(folder);
  return path.join(folder, 'data');
}

/** The same for a stack that is started more than once: nobody else gets its ports in between. */
export const lastingFolder = async (): Promise<string> => giveLastingPorts(await dataFolder());

const folders = new Set<string>();
const running = new Set<StackProcess>();

/** Ends what the tests of a file have started, and takes their folders away. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map((stack) => stack.kill9()));
  await Promise.all([...folders].map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 })));
  folders.clear();
}

/** An answer of the api. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** `npm start` as its user has it: a process of its own, met through its doors only. */
export class StackProcess {
  readonly endpoints: Endpoints;
  readonly ecs: ECSClient;
  readonly #child: ChildProcess;
  readonly #text: () => string;
  readonly #closed: Promise<unknown>;

  constructor({ child, text, closed }: Launched, endpoints: Endpoints) {
    this.#child = child;
    this.#text = text;
    this.#closed = closed;
    this.endpoints = endpoints;
    this.ecs = new ECSClient({
      endpoint: endpoints.ecs,
      region: 'local',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
    running.add(this);
  }

  /** host:port, as image names begin */
  get registry(): string {
    return new URL(this.endpoints.registry).host;
  }

  /** everything that it has printed */
  get printed(): string {
    return this.#text();
  }

  /** Reads from the api; anything but 200 is an error. */
  async api<T>(at: string): Promise<T> {
    const { status, body } = await this.ask('GET', at);
    if (status !== 200) throw new Error(`GET ${at} answers ${status}: ${JSON.stringify(body)}`);
    return body as T;
  }

  /** Any request to the api, with the token unless another (or none) is given. */
  async ask(
    method: string,
    at: string,
    options: { readonly body?: string; readonly token?: string | undefined } = { token: this.endpoints.token },
  ): Promise<Answer> {
    const token = 'token' in options ? options.token : this.endpoints.token;
    const response = await fetch(`${this.endpoints.api}${at}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'text/plain' }),
      },
      ...(options.body === undefined ? {} : { body: options.body }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** Approves a plan. */
  approve(plan: string): Promise<Answer> {
    return this.ask('POST', `/plans/${plan}/approve`);
  }

  /** Puts a policy in force; throws when it is refused. */
  async policy(text: string): Promise<void> {
    const { body } = await this.ask('PUT', '/policy', { body: text });
    if (!(body as { saved: boolean }).saved) throw new Error(`the policy was refused: ${JSON.stringify(body)}`);
  }

  /** Pushes an image as a client does; returns the digest. */
  async push(image: { readonly source: ImageSource }, name: string): Promise<string> {
    return (await pushImage(image.source, parseReference(`${this.registry}/${name}`))).digest;
  }

  /** Ends it as a power cut does. */
  async kill9(): Promise<void> {
    running.delete(this);
    this.ecs.destroy();
    if (!this.dead) this.#child.kill('SIGKILL');
    await this.#closed;
  }

  /** whether it has ended, by whatever */
  get dead(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Resolves when the process has ended, by itself or by a signal that came from within, and all that it printed is read. */
  async ended(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
    await this.#closed;
    running.delete(this);
    this.ecs.destroy();
    return { code: this.#child.exitCode, signal: this.#child.signalCode };
  }

  /** Ctrl-C; the exit code. */
  async interrupt(): Promise<number | null> {
    this.#child.kill('SIGINT');
    return (await this.ended()).code;
  }
}

/** How a stack is started. */
export interface StartOptions {
  readonly args?: readonly string[];
  /** a module that the process loads first */
  readonly preload?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const defaults = ['--offline', '--no-demo'];

interface Launched {
  readonly child: ChildProcess;
  readonly text: () => string;
  /** it has ended and all that it said was read, which at its 'exit' need not be so */
  readonly closed: Promise<unknown>;
}

function launch(folder: string, options: StartOptions): Launched {
  const { args = defaults, preload, environment = {} } = options;
  const child = spawn(
    process.execPath,
    [
      ...(preload === undefined ? [] : ['--import', pathToFileURL(preload).href]),
      path.join(root, 'local/main.ts'),
      '--data',
      folder,
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '', ...environment } },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return { child, text: () => text, closed: once(child, 'close') };
}

/** Starts a stack on a folder and waits until it says where it answers. Throws with what it printed when it ends instead. */
export async function startProcess(folder: string, options: StartOptions = {}): Promise<StackProcess> {
  const launched = launch(folder, options);
  const { child, text, closed } = launched;
  const endpoints = await eventually(
    'endpoints.json of the stack',
    async () => {
      if (child.exitCode !== null || child.signalCode !== null) return 'ended' as const;
      const written = JSON.parse(await readFile(path.join(folder, 'endpoints.json'), 'utf8')) as Endpoints;
      return written.pid === child.pid ? written : undefined;
    },
    { seen: text },
  ).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  if (endpoints !== 'ended') return new StackProcess(launched, endpoints);
  await closed;
  throw new Error(`the stack ended with ${child.exitCode ?? child.signalCode}: ${text()}`);
}

/** Starts a stack that is expected to refuse; what it printed, and its exit code. */
export async function refusedStart(
  folder: string,
  args: readonly string[] = defaults,
): Promise<{ readonly code: number | null; readonly text: string }> {
  const { child, text, closed } = launch(folder, { args });
  await closed;
  return { code: child.exitCode, text: text() };
}
