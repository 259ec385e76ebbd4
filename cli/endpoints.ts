import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { CommandFailed } from './exit-codes.ts';

/** Where `npm start` keeps its data when nothing else is said. */
export const defaultData = '.drydock';

const loopback = z
  .url({ protocol: /^https?$/ })
  .refine((url) => /^(127\.|localhost$|\[::1\]$)/.test(new URL(url).hostname), {
    // a folder may come from somebody else: nothing is pushed or told to another machine because a file says so
    error: 'it is not on this machine',
  });

const endpoints = z.looseObject({
  registry: loopback,
  dynamodb: loopback.optional(),
  ecs: loopback,
  api: loopback,
  page: loopback,
  token: z.string().min(1),
  pid: z.int().positive().optional(),
});

/** Where the parts of a running stack answer. */
export type Endpoints = z.infer<typeof endpoints>;

/** How a stack in this folder is started. */
export const startHint = (folder: string): string =>
  path.relative(process.cwd(), path.resolve(folder)) === defaultData ? 'npm start' : `npm start -- --data ${folder}`;

/** Whether a stack runs, or was cut off, in a data folder. */
export const hasEndpoints = (folder: string): Promise<boolean> =>
  access(path.join(folder, 'endpoints.json')).then(
    () => true,
    () => false,
  );

/** Reads the endpoints of the stack that uses a data folder. Throws CommandFailed that says how to start one. */
export async function readEndpoints(folder: string): Promise<Endpoints> {
  const file = path.join(folder, 'endpoints.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CommandFailed(
      `no stack runs in ${JSON.stringify(folder)}: start one with "${startHint(folder)}", or name its folder with --data`,
      { cause },
    );
  });
  const read = endpoints.safeParse(parse(text));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new CommandFailed(
    `${file} is not what "npm start" writes (${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'unknown'}); stop the stack and start it again`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The error for a stack whose file is there and that does not answer. */
export const notAnswering = (folder: string, what: string, cause: unknown): CommandFailed =>
  new CommandFailed(
    `${what} does not answer: the stack of ${JSON.stringify(folder)} has stopped; start it again with "${startHint(folder)}"`,
    {
      cause,
    },
  );
