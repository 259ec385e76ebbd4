import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs one of the tools that make an image, and gives what it says; throws what it complains of. */
export async function run(
  program: string,
  words: readonly string[],
  folder?: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await execute(program, words, {
    ...(folder === undefined ? {} : { cwd: folder }),
    env: { ...process.env, ...environment },
    timeout: 900_000,
    maxBuffer: 2 ** 26,
  });
  return stdout;
}

/** The folder of a published Go module, whose test data is often what a real image holds; fetched when this machine has it not. */
export async function goModule(module: string, version: string): Promise<string> {
  const { Dir: folder } = JSON.parse(await run('go', ['mod', 'download', '-json', `${module}@${version}`])) as {
    readonly Dir?: string;
  };
  if (folder === undefined) throw new Error(`${module}@${version} cannot be had`);
  return folder;
}
